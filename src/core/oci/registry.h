// A registry that speaks the OCI distribution specification 1.1: blobs and manifests, both ways.
//
//   Registry registry(reference->registry, credentials, {});
//   registry.push_blob("plant/ducks", "models/ducks/3/model.onnx", {});
//
// Large blobs go in pieces: an upload that breaks goes on where the registry says it stands, a download where
// the file on disk ends, also after the program was killed. What was fetched is believed once its digest
// fits. Credentials are told to the registry and the token service it names, never to where a redirect leads.
// Blocking; not thread-safe. Errors: `denied` (401, 403), `not_found`, `unavailable` and `timeout` after
// several tries, `corrupt` for what is not what its digest says; each with the registry's own words.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/oci/challenge.h"
#include "core/oci/manifest.h"
#include "platform/http/client.h"

namespace oree::oci {

struct RegistryOptions {
  std::filesystem::path ca_file;            // whom to trust over TLS; "" = whom the system trusts
  uint64_t piece_bytes = 8u << 20;          // of an upload or a download, at most; less where the way breaks
  int tries = 6;                            // in a row without a byte of progress
  milliseconds deadline{60'000};            // of one piece
  std::function<void(milliseconds)> pause;  // between tries; sleeps when empty
};

struct Fetched {
  std::string text, media_type;
  crypto::Digest digest;  // of the text
};

class Registry {
 public:
  Registry(http::Url address, Credentials credentials, RegistryOptions options);

  Result<bool> has_blob(const std::string& name, const crypto::Digest& digest);
  // Uploads unless it is there; asks to mount it from `from` first, when given. What lies there afterwards.
  Result<Descriptor> push_blob(const std::string& name, const std::filesystem::path& file,
                               const std::string& from = "");
  Result<Descriptor> push_text(const std::string& name, std::string_view text);
  // Into `file`, by way of `file`.part, which a later call goes on with.
  Status pull_blob(const std::string& name, const Descriptor& blob, const std::filesystem::path& file);
  Result<std::string> pull_text(const std::string& name, const Descriptor& blob, size_t max_bytes);

  // `object`: a tag or a digest. `corrupt` when the text does not fit the digest asked for.
  Result<Fetched> manifest(const std::string& name, const std::string& object);
  // Says whether the registry keeps track of subjects by itself (OCI-Subject).
  Result<bool> put_manifest(const std::string& name, const std::string& object, std::string_view text,
                            std::string_view type);
  Result<std::vector<std::string>> tags(const std::string& name);

  // Puts a manifest that is about another one, so that referrers() finds it: by itself where the registry
  // knows subjects, in the index under the tag "sha256-…" where it does not. Its descriptor.
  Result<Descriptor> attach(const std::string& name, const Manifest& manifest);
  Result<std::vector<Descriptor>> referrers(const std::string& name, const crypto::Digest& subject,
                                            std::string_view artifact_type);

 private:
  // A request with whatever this registry wants to see of us; `name` is the repository it is about.
  Result<http::Response> call(std::string_view method, const http::Url& url,
                              std::vector<http::Header> headers, std::string_view body,
                              const std::string& name);
  // The same, again while the registry or the way to it fails. For requests that may be sent twice.
  Result<http::Response> ask(std::string_view method, const http::Url& url,
                             const std::vector<http::Header>& headers, std::string_view body,
                             const std::string& name);
  Status introduce(const http::Response& refusal, const std::string& name);
  http::Url at(const std::string& target) const;
  void wait(int attempt) const;
  // A piece that did not arrive makes the next ones half as large, one that did makes them larger again.
  void note_piece(bool arrived);

  using PieceAt = std::function<Result<std::string>(uint64_t start, uint64_t count)>;
  Status push(const std::string& name, const Descriptor& blob, const PieceAt& piece_at,
              const std::string& from);
  Result<std::optional<http::Url>> start_upload(const std::string& name, const Descriptor& blob,
                                                const std::string& from);
  Status upload(const std::string& name, http::Url location, const Descriptor& blob, const PieceAt& piece_at);
  Result<uint64_t> where_upload_stands(const std::string& name, http::Url& location);
  Status finish_upload(const std::string& name, const http::Url& location, const Descriptor& blob);
  http::Url next_location(const http::Response& response, const http::Url& otherwise) const;

  Status fetch(const std::string& name, const Descriptor& blob, const std::filesystem::path& part);
  Result<std::string> fetch_piece(const std::string& name, const Descriptor& blob, uint64_t& start);

  const http::Url address_;
  const Credentials credentials_;
  const RegistryOptions options_;
  http::Client client_;
  uint64_t piece_bytes_;
  std::map<std::string, std::string, std::less<>> authorization_;  // by repository
};

// What a status says, with the registry's own code and message.
Error error_of(const http::Response& response, std::string_view what);

}  // namespace oree::oci

// Blobs on their way to a registry, piece by piece.
#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "core/oci/answers.h"
#include "core/oci/registry.h"

namespace oree::oci {
namespace {

// "0-8388607": one more than the last that arrived. nullopt for "0-0", which says of some registries that one
// byte came and of others that none did.
std::optional<uint64_t> arrived(std::string_view range) {
  if (range.starts_with("bytes=")) range.remove_prefix(6);
  const size_t dash = range.find('-');
  const auto last =
      dash == std::string_view::npos ? std::nullopt : parse_number<uint64_t>(range.substr(dash + 1));
  return last && *last > 0 ? std::optional(*last + 1) : std::nullopt;
}

// An upload that was cut inside a piece is forgotten by registries that keep its state in its address (CNCF's
// distribution does): each cut costs a start, until one gets through.
constexpr int kMostStarts = 5;

bool is_final(const http::Response& response) {
  const int status = response.status;
  return status == 400 || status == 401 || status == 403 || status == 405 || status == 413;
}

}  // namespace

Result<bool> Registry::has_blob(const std::string& name, const crypto::Digest& digest) {
  const auto answer = ask("HEAD", at(cat("/v2/", name, "/blobs/", digest_text(digest))), {}, "", name);
  if (!answer) return forward(answer);
  if (answer->status == 200) return true;
  if (answer->status == 404) return false;
  return std::unexpected(error_of(*answer, cat(name, "@", digest_text(digest))));
}

Result<Descriptor> Registry::push_blob(const std::string& name, const std::filesystem::path& file,
                                       const std::string& from) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, cat(file.string(), ": no such file"));
  Descriptor blob;
  crypto::Sha256 digest;
  std::vector<char> room(1 << 20);
  while (in.read(room.data(), static_cast<std::streamsize>(room.size())) || in.gcount() > 0) {
    digest.update(as_bytes({room.data(), static_cast<size_t>(in.gcount())}));
    blob.size += static_cast<uint64_t>(in.gcount());
  }
  blob.digest = digest.finish();
  const auto piece_at = [&](uint64_t start, uint64_t count) -> Result<std::string> {
    std::string out(static_cast<size_t>(count), '\0');
    in.clear();
    in.seekg(static_cast<std::streamoff>(start));
    in.read(out.data(), static_cast<std::streamsize>(count));
    if (static_cast<uint64_t>(in.gcount()) == count) return out;
    return fail(ErrorKind::conflict, cat(file.string(), ": changed while it was uploaded"));
  };
  if (auto pushed = push(name, blob, piece_at, from); !pushed) return forward(pushed, file.string());
  return blob;
}

Result<Descriptor> Registry::push_text(const std::string& name, std::string_view text) {
  Descriptor blob;
  blob.digest = crypto::sha256(as_bytes(text));
  blob.size = text.size();
  const auto piece_at = [&](uint64_t start, uint64_t count) -> Result<std::string> {
    return std::string(text.substr(start, count));
  };
  if (auto pushed = push(name, blob, piece_at, ""); !pushed) return forward(pushed);
  return blob;
}

Status Registry::push(const std::string& name, const Descriptor& blob, const PieceAt& piece_at,
                      const std::string& from) {
  const auto there = has_blob(name, blob.digest);
  if (!there) return forward(there);
  if (*there) return {};
  for (int attempt = 1;; ++attempt) {
    const auto location = start_upload(name, blob, from);
    if (!location) return forward(location);
    if (!*location) return {};  // mounted
    auto uploaded = upload(name, **location, blob, piece_at);
    // The registry forgot the upload: from the beginning.
    if (uploaded || uploaded.error().kind != ErrorKind::not_found || attempt >= kMostStarts * options_.tries)
      return uploaded;
    wait(std::min(attempt, 3));
  }
}

Result<std::optional<http::Url>> Registry::start_upload(const std::string& name, const Descriptor& blob,
                                                        const std::string& from) {
  std::string target = cat("/v2/", name, "/blobs/uploads/");
  if (!from.empty()) target += cat("?mount=", digest_text(blob.digest), "&from=", from);
  const auto answer = ask("POST", at(target), {}, "", name);
  if (!answer) return forward(answer);
  if (answer->status == 201 && !from.empty()) return std::nullopt;
  if (answer->status != 202) return std::unexpected(error_of(*answer, name));
  const http::Url location = next_location(*answer, {});
  if (location.host.empty())
    return fail(ErrorKind::invalid, cat(name, ": the registry does not say where to upload to"));
  return location;
}

http::Url Registry::next_location(const http::Response& response, const http::Url& otherwise) const {
  const std::string location = header_of(response, "Location");
  if (location.starts_with('/') && !location.starts_with("//")) return at(location);
  const auto url = http::parse_url(location);
  // Never from TLS down to the clear.
  if (!url || (address_.tls && !url->tls)) return otherwise;
  return *url;
}

Status Registry::upload(const std::string& name, http::Url location, const Descriptor& blob,
                        const PieceAt& piece_at) {
  uint64_t sent = 0;
  for (int failures = 0; sent < blob.size;) {
    const uint64_t count = std::min(piece_bytes_, blob.size - sent);
    const auto piece = piece_at(sent, count);
    if (!piece) return forward(piece);
    const std::vector<http::Header> headers{{"Content-Type", "application/octet-stream"},
                                            {"Content-Range", cat(sent, "-", sent + count - 1)}};
    const auto answer = call("PATCH", location, headers, *piece, name);
    if (answer && answer->status == 202) {
      location = next_location(*answer, location);
      sent += count;
      failures = 0;
      note_piece(true);
      continue;
    }
    if (answer && answer->status == 404) return fail(ErrorKind::not_found, "the registry forgot the upload");
    const Error error = answer ? error_of(*answer, name) : answer.error();
    if ((answer && is_final(*answer)) || ++failures >= options_.tries) return std::unexpected(error);
    note_piece(false);
    wait(failures);
    const auto stands = where_upload_stands(name, location);
    if (!stands && stands.error().kind == ErrorKind::not_found) return forward(stands);
    if (!stands) continue;
    if (*stands > sent) failures = 0;
    sent = std::min(*stands, blob.size);
  }
  return finish_upload(name, location, blob);
}

Result<uint64_t> Registry::where_upload_stands(const std::string& name, http::Url& location) {
  const auto answer = call("GET", location, {}, "", name);
  if (!answer) return forward(answer);
  if (answer->status != 204 && answer->status != 202 && answer->status != 200) {
    if (answer->status == 404) return fail(ErrorKind::not_found, "the registry forgot the upload");
    return std::unexpected(error_of(*answer, name));
  }
  const auto have = arrived(header_of(*answer, "Range"));
  if (!have) return fail(ErrorKind::not_found, "the registry does not say how much arrived");
  location = next_location(*answer, location);
  return *have;
}

Status Registry::finish_upload(const std::string& name, const http::Url& location, const Descriptor& blob) {
  http::Url last = location;
  last.target += cat(last.target.contains('?') ? "&" : "?", "digest=", digest_text(blob.digest));
  const std::vector<http::Header> headers{{"Content-Type", "application/octet-stream"}};
  for (int attempt = 1;; ++attempt) {
    const auto answer = call("PUT", last, headers, "", name);
    if (answer && (answer->status == 201 || answer->status == 202)) return {};
    // The answer may have been lost where the blob was not.
    if (const auto there = has_blob(name, blob.digest); there && *there) return {};
    if (answer && answer->status == 404) return fail(ErrorKind::not_found, "the registry forgot the upload");
    if ((answer && answer->status < 500) || attempt >= options_.tries)
      return answer ? std::unexpected(error_of(*answer, name)) : forward(answer);
    wait(attempt);
  }
}

}  // namespace oree::oci

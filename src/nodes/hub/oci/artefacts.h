// What a registry keeps beside blobs: manifests by digest, tags, and which manifest is about which other.
// Thread-safe; durable when a call returns. A published package (registry/packages.h) is an artefact, too,
// without anybody having pushed it: its name is the repository, its version the tag.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/oci/content_digest.h"
#include "nodes/hub/registry/packages.h"

namespace oree::hub {

struct Artefact {
  std::string digest;  // "sha256:…", or "sha512:…" when it was pushed under that
  std::string media_type;
  std::string document;
};

// An entry of the index that /referrers answers with.
struct Referrer {
  std::string digest, media_type, artifact_type;
  int64_t bytes = 0;
  json::Value annotations;  // null when there are none
};

class Artefacts {
 public:
  // Tables are made when they are missing.
  static Result<std::unique_ptr<Artefacts>> open(Shelf& shelf, Packages& packages, const Clock& clock);

  // `reference`: a tag, or a digest that `tags` then point at. `invalid` when the document is no manifest,
  // has another digest than it was sent under, or names what is not here. The subject's digest when it has
  // one.
  static constexpr size_t kMostTags = 64;  // with one manifest
  struct Kept {
    std::string digest, subject;
    std::vector<std::string> tags;  // that point at it now
  };
  Result<Kept> put(const std::string& name, const std::string& reference, std::string media_type,
                   std::string_view document, std::vector<std::string> tags = {});
  Result<Artefact> find(const std::string& name, const std::string& reference);  // `not_found`
  // A tag alone, or a manifest with all its tags. `not_found`.
  Status remove(const std::string& name, const std::string& reference);
  Result<std::vector<std::string>> tags(const std::string& name);  // sorted; `not_found` for an unknown name
  Result<std::vector<std::string>> names();                        // sorted
  Result<std::vector<Referrer>> referrers(const std::string& name, const std::string& subject);

  // The SHA-256 of the blob that has this name. `not_found` unless the blob is here.
  Result<crypto::Digest> blob(const oci::ContentDigest& digest);
  // Remembers another name of a blob that is here. The caller has checked it.
  Status also_called(const oci::ContentDigest& digest, const crypto::Digest& sha256);

 private:
  Artefacts(Shelf& shelf, Packages& packages, const Clock& clock)
      : shelf_(shelf), packages_(packages), clock_(clock) {}
  Status check_parts(const json::Value& manifest);
  Result<std::vector<std::string>> column(std::string_view sql, std::string_view value);

  Shelf& shelf_;
  Packages& packages_;
  const Clock& clock_;
};

// A package as a manifest: one layer for each file, under its path. Always the same bytes.
Artefact artefact_of(const Package& package);

}  // namespace oree::hub

// What a package consists of: `package.json`, whose SHA-256 is the package's name everywhere
// (docs/formats/fleet.md).
//
// Read from a network, so everything is checked before it is believed: sizes, names, paths that lead nowhere
// outside, no path twice, none below another file. Values, no threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/crypto/crypto.h"
#include "services/deployment/slots/unit.h"

namespace oree::deployment {

inline constexpr uint64_t kMaxIndexBytes = 1 << 20;
inline constexpr size_t kMaxPackageFiles = 1'000;
inline constexpr std::string_view kConfigurationFile = "configuration.json";  // what one consists of
inline constexpr std::string_view kDeploymentFile = "deployment.json";        // the same
std::string_view document_of(UnitKind kind);                                  // that file; "" for a model

struct PackageFile {
  std::string path;  // relative, without ".."
  crypto::Digest digest;
  uint64_t bytes = 0;
  bool operator==(const PackageFile&) const = default;
};

struct PackageIndex {
  UnitKind kind = UnitKind::model;
  std::string name;
  std::string version;
  uint64_t release = 0;               // never decreases for a name
  std::vector<std::string> hardware;  // classes it is made for; empty: all
  std::vector<PackageFile> files;     // by path

  uint64_t bytes() const;  // of all files
};

// `invalid` says which member and why.
Result<PackageIndex> parse_index(std::string_view text);
std::string print_index(const PackageIndex& index);  // canonical JSON

// "sha256:HEX" → digest; nullopt for anything else.
std::optional<crypto::Digest> parse_digest_name(std::string_view text);
std::string digest_name(const crypto::Digest& digest);  // "sha256:HEX"

}  // namespace oree::deployment

// package.json: what a packed model is made of, for whoever stores, ships or installs it without looking into
// networks. docs/formats/packages.md. Values; list_package() and check_package() read files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/crypto/crypto.h"

namespace oree::package {

inline constexpr std::string_view kPackageFile = "package.json";
inline constexpr std::string_view kSignatureFile = "signature.json";  // OpenSSF Model Signing's bundle
inline constexpr std::string_view kHistoryFile = "history.jsonl";     // what happened to it; not signed
inline constexpr std::string_view kCertificateFile = "certificate.json";
inline constexpr std::string_view kProvenanceFile = "provenance.json";

// What a file is for; the words of ModelPack's layers.
enum class Role { weights, config, doc, dataset };
std::string_view role_name(Role role);

struct PackedFile {
  std::string path;  // below the folder, '/' between names
  Role role = Role::config;
  uint64_t bytes = 0;
  crypto::Digest digest;
};

struct PackageFile {
  std::string name, version;
  WallTime packed{};
  std::string tool;               // "oree 0.6.0"
  std::vector<PackedFile> files;  // by path; all but package.json, the signature and the history
};

std::string print(const PackageFile& package);
// `invalid` with the member that is wrong; paths stay below the folder. 8 MiB, 10,000 files.
Result<PackageFile> parse_package(std::string_view text);

Role role_of(std::string_view path);
// The files below `folder`, digested, by path. Links are refused: a package is whole by itself.
Result<std::vector<PackedFile>> list_package(const std::filesystem::path& folder);
// `corrupt` naming the first file that is missing, was changed, or is not listed.
Status check_package(const std::filesystem::path& folder, const PackageFile& package);

// SHA-256 of a file, in pieces.
Result<crypto::Digest> digest_of(const std::filesystem::path& file);

}  // namespace oree::package

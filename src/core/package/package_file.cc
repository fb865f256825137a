#include "core/package/package_file.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "base/text.h"
#include "core/package/labels.h"
#include "core/package/manifest.h"
#include "platform/json/value.h"

namespace oree::package {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxText = 8u << 20, kMostFiles = 10'000;
constexpr std::array<std::string_view, 4> kRoles{"weights", "config", "doc", "dataset"};
constexpr std::array<std::string_view, 8> kWeightEndings{".onnx", ".tflite", ".data",        ".bin",
                                                         ".gguf", ".sealed", ".safetensors", ".weights"};
constexpr std::array<std::string_view, 4> kDocEndings{".md", ".html", ".pdf", ".rst"};
constexpr std::array<std::string_view, 4> kDocNames{kCertificateFile, kProvenanceFile, "LICENSE", "LICENCE"};

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat(kPackageFile, ": ", what));
}

bool ends_in_one(std::string_view path, std::span<const std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view one) { return path.ends_with(one); });
}

// Beside the package, not of it.
bool is_apart(std::string_view path) {
  return path == kPackageFile || path == kSignatureFile || path == kHistoryFile;
}

const std::string* text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found == nullptr ? nullptr : found->text();
}

Result<PackedFile> parse_file(const json::Value& object) {
  const std::string* path = text_at(object, "path");
  const std::string* role = text_at(object, "role");
  const std::string* digest = text_at(object, "sha256");
  const json::Value* bytes = object.find("bytes");
  if (path == nullptr) return wrong("a file has no path");
  if (const auto fault = path_fault(*path)) return wrong(cat("'", *path, "' ", *fault));
  const auto kind = role == nullptr ? kRoles.end() : std::ranges::find(kRoles, *role);
  const auto parsed = digest == nullptr ? std::nullopt : crypto::parse_digest(*digest);
  const auto size = bytes == nullptr ? std::nullopt : bytes->integer();
  if (kind == kRoles.end()) return wrong(cat("'", *path, "' has no role that is known"));
  if (!parsed || !size || *size < 0) return wrong(cat("'", *path, "' lacks its bytes or its sha256"));
  return PackedFile{*path, static_cast<Role>(kind - kRoles.begin()), static_cast<uint64_t>(*size), *parsed};
}

}  // namespace

std::string_view role_name(Role role) {
  return kRoles[static_cast<size_t>(role)];
}

std::string print(const PackageFile& package) {
  json::Array files;
  for (const PackedFile& one : package.files) {
    files.push_back(json::Object{{"path", one.path},
                                 {"role", role_name(one.role)},
                                 {"bytes", one.bytes},
                                 {"sha256", one.digest.hex()}});
  }
  const json::Value out =
      json::Object{{"format", "oree-package/1"},         {"name", package.name}, {"version", package.version},
                   {"packed", iso_text(package.packed)}, {"tool", package.tool}, {"files", std::move(files)}};
  return json::print(out, 2) + "\n";
}

Result<PackageFile> parse_package(std::string_view text) {
  if (text.size() > kMaxText) return wrong("it is larger than 8 MiB");
  const auto tree = json::parse(text);
  if (!tree) return forward(tree, kPackageFile);
  const std::string* format = text_at(*tree, "format");
  if (format == nullptr || !format->starts_with("oree-package/")) return wrong("it is no package's");
  if (*format != "oree-package/1")
    return fail(ErrorKind::unsupported, cat(kPackageFile, ": ", *format, " is of a later version"));
  const std::string* name = text_at(*tree, "name");
  const std::string* version = text_at(*tree, "version");
  const std::string* packed = text_at(*tree, "packed");
  const std::string* tool = text_at(*tree, "tool");
  const json::Value* files = tree->find("files");
  const auto time = packed == nullptr ? std::nullopt : parse_iso(*packed);
  if (name == nullptr || version == nullptr || !is_model_name(*name) || !is_version(*version))
    return wrong("'name' or 'version' is missing or none that a model can have");
  if (!time || tool == nullptr) return wrong("'packed' or 'tool' is missing");
  if (files == nullptr || files->array() == nullptr || files->array()->size() > kMostFiles)
    return wrong("'files' is no list of at most 10,000");
  PackageFile out{*name, *version, *time, *tool, {}};
  for (const json::Value& one : *files->array()) {
    auto file = parse_file(one);
    if (!file) return forward(file);
    if (!out.files.empty() && out.files.back().path >= file->path)
      return wrong("'files' are not in the order of their paths");
    out.files.push_back(std::move(*file));
  }
  return out;
}

Role role_of(std::string_view path) {
  if (path.starts_with("golden/")) return Role::dataset;
  if (std::ranges::find(kDocNames, path) != kDocNames.end() || ends_in_one(path, kDocEndings))
    return Role::doc;
  return ends_in_one(path, kWeightEndings) ? Role::weights : Role::config;
}

Result<crypto::Digest> digest_of(const fs::path& file) {
  if (std::error_code failed; fs::exists(file, failed) && !fs::is_regular_file(file, failed))
    return fail(ErrorKind::invalid, cat(file.string(), " is no file"));
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, cat(file.string(), ": no such file"));
  crypto::Sha256 digest;
  std::vector<char> piece(256 << 10);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    digest.update(as_bytes({piece.data(), static_cast<size_t>(in.gcount())}));
  if (in.bad()) return fail(ErrorKind::unavailable, cat(file.string(), ": cannot be read"));
  return digest.finish();
}

Result<std::vector<PackedFile>> list_package(const fs::path& folder) {
  std::error_code failed;
  std::vector<PackedFile> out;
  fs::recursive_directory_iterator entries(folder, failed);
  for (; !failed && entries != fs::recursive_directory_iterator(); entries.increment(failed)) {
    const std::string path = entries->path().lexically_relative(folder).generic_string();
    if (entries->is_symlink(failed)) {
      return fail(ErrorKind::invalid, cat(entries->path().string(),
                                          " is a link; a package is whole by itself: put the file there"));
    }
    if (entries->is_directory(failed) || is_apart(path)) continue;
    if (const auto fault = path_fault(path)) return fail(ErrorKind::invalid, cat("'", path, "' ", *fault));
    if (out.size() == kMostFiles)
      return fail(ErrorKind::invalid, cat(folder.string(), ": more than 10,000 files"));
    auto digest = digest_of(entries->path());
    if (!digest) return forward(digest);
    out.push_back({path, role_of(path), entries->file_size(failed), *digest});
  }
  if (failed) return fail(ErrorKind::not_found, cat(folder.string(), ": ", failed.message()));
  std::ranges::sort(out, {}, &PackedFile::path);
  return out;
}

Status check_package(const fs::path& folder, const PackageFile& package) {
  const auto files = list_package(folder);
  if (!files) return forward(files);
  const auto broken = [&](std::string_view path, std::string_view what) {
    return fail(ErrorKind::corrupt, cat(folder.string(), ": '", path, "' ", what));
  };
  for (const PackedFile& should : package.files) {
    const auto is = std::ranges::lower_bound(*files, should.path, {}, &PackedFile::path);
    if (is == files->end() || is->path != should.path) return broken(should.path, "is missing");
    if (is->digest != should.digest) return broken(should.path, "was changed since it was packed");
  }
  for (const PackedFile& is : *files) {
    if (!std::ranges::binary_search(package.files, is.path, {}, &PackedFile::path))
      return broken(is.path, "was not packed");
  }
  return {};
}

}  // namespace oree::package

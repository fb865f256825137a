#include "services/deployment/slots/package_index.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::deployment {
namespace {

constexpr std::string_view kFormat = "oree/package/v1";
constexpr std::string_view kDigestPrefix = "sha256:";
constexpr size_t kMaxPath = 255;
constexpr size_t kMaxName = 64;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("package.json: ", what));
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxName && text[0] != '.' &&
         std::ranges::all_of(text, is_word_character);
}

bool is_clean_path(std::string_view path) {
  if (path.empty() || path.size() > kMaxPath) return false;
  return std::ranges::all_of(split(path, '/'), [](std::string_view part) {
    return !part.empty() && part[0] != '.' && std::ranges::all_of(part, is_word_character);
  });
}

Result<std::string> name_in(const json::Value& root, std::string_view key) {
  const json::Value* value = root.find(key);
  const std::string* text = value != nullptr ? value->text() : nullptr;
  if (text == nullptr || !is_name(*text)) {
    return wrong(cat("'", key, "' must be 1 to 64 letters, digits, '_', '-' or '.'"));
  }
  return *text;
}

Result<uint64_t> count_in(const json::Value& root, std::string_view key) {
  const json::Value* value = root.find(key);
  const auto number = value != nullptr ? value->integer() : std::nullopt;
  if (!number || *number < 0) return wrong(cat("'", key, "' must be a whole number, 0 or more"));
  return static_cast<uint64_t>(*number);
}

// Absent: a model.
Result<UnitKind> kind_in(const json::Value& root) {
  const json::Value* value = root.find("kind");
  if (value == nullptr) return UnitKind::model;
  for (const UnitKind kind : {UnitKind::configuration, UnitKind::deployment}) {
    if (value->text() != nullptr && *value->text() == kind_name(kind)) return kind;
  }
  return wrong("'kind' must be \"configuration\", \"deployment\" or absent");
}

Result<PackageFile> parse_file(const json::Value& value) {
  const json::Value* path = value.find("path");
  const json::Value* digest = value.find("digest");
  if (path == nullptr || path->text() == nullptr || !is_clean_path(*path->text())) {
    return wrong(
        "each file needs a 'path': relative, of letters, digits, '_', '-', '.', no part starting with '.'");
  }
  PackageFile file{.path = *path->text()};
  const auto named =
      digest != nullptr && digest->text() != nullptr ? parse_digest_name(*digest->text()) : std::nullopt;
  if (!named) return wrong(cat("'", file.path, "': 'digest' must be sha256: and 64 hex digits"));
  const auto bytes = count_in(value, "bytes");
  if (!bytes) return wrong(cat("'", file.path, "': 'bytes' must be a whole number, 0 or more"));
  file.digest = *named;
  file.bytes = *bytes;
  return file;
}

// No path twice, and none that would have to be a file and a folder.
Status check_paths(const std::vector<PackageFile>& files) {
  for (size_t i = 1; i < files.size(); ++i) {
    const std::string &before = files[i - 1].path, &path = files[i].path;
    if (path == before) return wrong(cat("'", path, "' is listed twice"));
  }
  for (const auto& file : files) {
    for (size_t slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      const std::string_view folder = std::string_view(file.path).substr(0, slash);
      if (std::ranges::binary_search(files, folder, {},
                                     [](const PackageFile& f) { return std::string_view(f.path); }))
        return wrong(cat("'", folder, "' is a file and a folder"));
    }
  }
  return {};
}

Result<std::vector<PackageFile>> parse_files(const json::Value& root) {
  const json::Value* list = root.find("files");
  if (list == nullptr || list->array() == nullptr || list->array()->empty()) {
    return wrong("'files' must be a list with at least one file");
  }
  if (list->array()->size() > kMaxPackageFiles) return wrong(cat("more than ", kMaxPackageFiles, " files"));
  std::vector<PackageFile> files;
  uint64_t sum = 0;
  for (const auto& value : *list->array()) {
    auto file = parse_file(value);
    if (!file) return forward(file);
    if (file->bytes > std::numeric_limits<uint64_t>::max() / 2 - sum)
      return wrong("the files are too large together");
    sum += file->bytes;
    files.push_back(std::move(*file));
  }
  std::ranges::sort(files, {}, &PackageFile::path);
  if (auto status = check_paths(files); !status) return forward(status);
  return files;
}

Result<std::vector<std::string>> parse_hardware(const json::Value& root) {
  std::vector<std::string> classes;
  const json::Value* list = root.find("hardware");
  if (list == nullptr || list->is_null()) return classes;
  if (list->array() == nullptr || list->array()->size() > 64)
    return wrong("'hardware' must be a list of at most 64");
  for (const auto& value : *list->array()) {
    if (value.text() == nullptr || !is_name(*value.text()))
      return wrong("'hardware' must hold names of classes");
    classes.push_back(*value.text());
  }
  return classes;
}

}  // namespace

std::string_view document_of(UnitKind kind) {
  return kind == UnitKind::configuration ? kConfigurationFile
         : kind == UnitKind::deployment  ? kDeploymentFile
                                         : "";
}

uint64_t PackageIndex::bytes() const {
  uint64_t sum = 0;
  for (const auto& file : files) sum += file.bytes;
  return sum;
}

std::optional<crypto::Digest> parse_digest_name(std::string_view text) {
  if (!text.starts_with(kDigestPrefix)) return std::nullopt;
  return crypto::parse_digest(text.substr(kDigestPrefix.size()));
}

std::string digest_name(const crypto::Digest& digest) {
  return cat(kDigestPrefix, digest.hex());
}

Result<PackageIndex> parse_index(std::string_view text) {
  if (text.size() > kMaxIndexBytes) return wrong(cat("larger than ", size_text(kMaxIndexBytes)));
  const auto root = json::parse(text);
  if (!root) return forward(root, "package.json");
  const json::Value* format = root->find("format");
  if (format == nullptr || format->text() == nullptr || *format->text() != kFormat) {
    return wrong(cat("'format' must be \"", kFormat, "\""));
  }
  const auto kind = kind_in(*root);
  auto name = name_in(*root, "name");
  auto version = name_in(*root, "version");
  const auto release = count_in(*root, "release");
  auto hardware = parse_hardware(*root);
  if (!kind) return forward(kind);
  if (!name) return forward(name);
  if (!version) return forward(version);
  if (!release) return forward(release);
  if (!hardware) return forward(hardware);
  auto files = parse_files(*root);
  if (!files) return forward(files);
  return PackageIndex{*kind,    std::move(*name),     std::move(*version),
                      *release, std::move(*hardware), std::move(*files)};
}

std::string print_index(const PackageIndex& index) {
  json::Array files;
  for (const auto& file : index.files) {
    files.push_back(
        json::Object{{"bytes", file.bytes}, {"digest", digest_name(file.digest)}, {"path", file.path}});
  }
  json::Array hardware;
  for (const auto& one : index.hardware) hardware.push_back(one);
  json::Object out{{"files", std::move(files)}, {"format", kFormat}, {"hardware", std::move(hardware)}};
  if (index.kind != UnitKind::model) out.emplace_back("kind", kind_name(index.kind));  // keys stay sorted
  out.emplace_back("name", index.name);
  out.emplace_back("release", index.release);
  out.emplace_back("version", index.version);
  return json::print(out);
}

}  // namespace oree::deployment

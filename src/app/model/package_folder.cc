#include "app/model/package_folder.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "core/package/manifest.h"
#include "platform/files/files.h"

namespace oree::app {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMaxText = 96u << 20;  // of a signature over a million files

bool is_remade(const fs::path& path) {
  return path == package::kPackageFile || path == package::kSignatureFile || path == package::kHistoryFile;
}

}  // namespace

std::string tool_name() {
  return cat("oree ", OREE_VERSION);
}

Result<std::string> read_text(const fs::path& file) {
  files::RealDisk disk;
  const auto bytes = disk.read(file, kMaxText);
  if (!bytes) return forward(bytes);
  return std::string(as_text(*bytes));
}

Result<signature::Trust> load_trust(const std::vector<fs::path>& files) {
  signature::Trust out;
  for (const fs::path& file : files) {
    const auto text = read_text(file);
    if (!text) return forward(text);
    auto trust = signature::parse_trust(*text);
    if (!trust) return forward(trust, file.string());
    std::ranges::move(trust->keys, std::back_inserter(out.keys));
    std::ranges::move(trust->roots, std::back_inserter(out.roots));
  }
  return out;
}

Result<package::PackageFile> load_package(const fs::path& folder) {
  const auto text = read_text(folder / package::kPackageFile);
  if (!text && text.error().kind == ErrorKind::not_found) {
    return fail(ErrorKind::not_found,
                cat(folder.string(), " is no package: it has no package.json; 'oree model pack' makes one"));
  }
  if (!text) return forward(text);
  auto package = package::parse_package(*text);
  if (!package) return forward(package, folder.string());
  return package;
}

Status write_package(const fs::path& folder, const std::string& name, const std::string& version,
                     const std::string& what) {
  auto files = package::list_package(folder);
  if (!files) return forward(files);
  const package::PackageFile package{name, version, SystemClock().wall(), tool_name(), std::move(*files)};
  files::RealDisk disk;
  const std::string text = package::print(package);
  if (auto written = disk.write(folder / package::kPackageFile, as_bytes(text)); !written) return written;
  return note(folder, what, tool_name());
}

Status note(const fs::path& folder, const std::string& what, const std::string& by) {
  const auto digest = package::digest_of(folder / package::kPackageFile);
  return package::append_history(folder,
                                 {SystemClock().wall(), what, by, digest ? digest->hex() : std::string()});
}

Result<NewFolder> NewFolder::begin(fs::path folder) {
  folder = folder.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  std::error_code failed;
  if (fs::exists(folder, failed) && (!fs::is_directory(folder, failed) || !fs::is_empty(folder, failed)))
    return fail(ErrorKind::conflict, cat(folder.string(), " is not empty; name a new folder"));
  NewFolder out(std::move(folder));
  fs::remove_all(out.beside_, failed);
  files::RealDisk disk;
  if (auto made = disk.make_folder(out.beside_); !made) return forward(made);
  return out;
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!beside_.empty()) fs::remove_all(beside_, ignored);
}

Status NewFolder::keep() {
  files::RealDisk disk;
  if (auto synced = disk.sync_all(beside_); !synced) return synced;
  std::error_code ignored;
  fs::remove(folder_, ignored);  // empty
  if (auto named = disk.rename(beside_, folder_); !named) return named;
  return disk.sync_folder(fs::absolute(folder_, ignored).parent_path());
}

Status put_file(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(to.parent_path(), failed);
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
  if (!failed) return {};
  const ErrorKind kind = failed == std::errc::no_space_on_device          ? ErrorKind::full
                         : failed == std::errc::no_such_file_or_directory ? ErrorKind::not_found
                                                                          : ErrorKind::unavailable;
  return fail(kind, cat(from.string(), " to ", to.string(), ": ", failed.message()));
}

Status copy_files(const fs::path& from, const fs::path& to, const fs::path& without) {
  std::error_code failed;
  const fs::path inside =
      fs::weakly_canonical(to, failed).lexically_relative(fs::weakly_canonical(from, failed));
  if (!inside.empty() && *inside.begin() != "..")  // it would be copied into itself for ever
    return fail(ErrorKind::invalid, cat("what is made would lie in ", from.string(),
                                        ", which is copied; name a folder outside of it"));
  failed.clear();
  fs::recursive_directory_iterator entries(from, failed);
  for (; !failed && entries != fs::recursive_directory_iterator(); entries.increment(failed)) {
    const fs::path path = entries->path().lexically_relative(from);
    if (entries->is_directory(failed) || is_remade(path) || path == without) continue;
    if (auto copied = put_file(entries->path(), to / path); !copied) return copied;
  }
  if (failed) return fail(ErrorKind::not_found, cat(from.string(), ": ", failed.message()));
  return {};
}

Result<std::pair<std::string, std::string>> name_of(const fs::path& folder) {
  std::error_code none;  // "" stays ""
  fs::path path = fs::absolute(folder, none).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const std::string version = path.filename().string(), name = path.parent_path().filename().string();
  if (package::is_model_name(name) && package::is_version(version)) return std::pair(name, version);
  return fail(ErrorKind::invalid,
              cat(folder.string(), ": a package's folder is <name>/<version>, such as models/ducks/3"));
}

}  // namespace oree::app

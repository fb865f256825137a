#include "core/inference/plugin/library.h"

#include <dlfcn.h>

#include <cstdlib>

#include "base/text.h"

namespace oree::inference {

namespace fs = std::filesystem;

namespace {

// Lies in the library or program that holds this file.
constexpr char folder_marker = 0;

}  // namespace

std::vector<fs::path> library_candidates(const LibrarySearch& search, const fs::path& forced,
                                         const fs::path& program_folder) {
  std::error_code ignored;
  if (!forced.empty() && !fs::is_directory(forced, ignored)) return {forced};
  std::vector<fs::path> folders{forced};
  if (forced.empty()) {
    folders = {program_folder / "../lib/oree", program_folder / "../lib", program_folder};
    // A plug-in, or somebody's own program with our library inside: beside that.
    Dl_info here{};
    if (dladdr(reinterpret_cast<const void*>(&folder_marker), &here) != 0 && here.dli_fname != nullptr) {
      const fs::path folder = fs::path(here.dli_fname).parent_path();
      if (!folder.empty() && folder != program_folder) folders.push_back(folder);
    }
    folders.insert(folders.end(), search.folders.begin(), search.folders.end());
    folders.emplace_back();
  }
  std::vector<fs::path> candidates;
  for (const fs::path& folder : folders) {
    for (const std::string& name : search.names) candidates.push_back(folder / name);
  }
  return candidates;
}

std::vector<fs::path> library_candidates(const LibrarySearch& search) {
  const char* forced = std::getenv(search.variable);
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  return library_candidates(search, forced == nullptr ? "" : forced, program.parent_path());
}

Result<Library> Library::open(const fs::path& file) {
  void* handle = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return fail(ErrorKind::unavailable, dlerror());
  return Library(handle, file);
}

Result<Library> Library::open_first(const LibrarySearch& search, const std::vector<fs::path>& candidates) {
  std::string tried;
  for (const fs::path& candidate : candidates) {
    // A bare name is the loader's to find; with a folder, a missing file is not worth its error message.
    std::error_code failed;
    if (candidate.has_parent_path() && !fs::exists(candidate, failed)) {
      tried += cat("\n  ", candidate.string(), ": no such file");
      continue;
    }
    Result<Library> library = open(candidate);
    if (library) return library;
    tried += cat("\n  ", library.error().what);
  }
  return fail(ErrorKind::unavailable, cat(search.what, " was not found. ", search.way_out, " Tried:", tried));
}

void* Library::address_of(const char* name) {
  void* address = dlsym(handle_, name);
  if (address == nullptr) missing_ += cat(missing_.empty() ? "" : ", ", name);
  return address;
}

}  // namespace oree::inference

// Shared libraries that are looked for when the program runs: where, and what they export.
//
// A library that was opened is never closed: runtimes keep threads and thread-local state that do not survive
// being unmapped.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oree::inference {

// How one library is found. `variable`: names a file or a folder, and then there is no other choice.
struct LibrarySearch {
  std::string what;                            // "LiteRT", for messages
  const char* variable;                        // "OREE_LITERT"
  std::vector<std::string> names;              // "libLiteRt.so"
  std::vector<std::filesystem::path> folders;  // beside the usual ones: where a build tree has it
  std::string way_out;                         // "'./run runtimes' fetches it, …"
};

// In order: what `forced` leaves, or ../lib/oree, ../lib and the folder of the program, `folders`, and what
// the system's loader finds.
std::vector<std::filesystem::path> library_candidates(const LibrarySearch& search,
                                                      const std::filesystem::path& forced,
                                                      const std::filesystem::path& program_folder);
// The same with this process's environment and folder.
std::vector<std::filesystem::path> library_candidates(const LibrarySearch& search);

class Library {
 public:
  // `unavailable` with the loader's reason.
  static Result<Library> open(const std::filesystem::path& file);
  // The first candidate that can be opened. `unavailable` names all of them and the way out.
  static Result<Library> open_first(const LibrarySearch& search,
                                    const std::vector<std::filesystem::path>& candidates);

  // False, and remembered for missing(), when there is no such symbol.
  template <class F>
  bool find(const char* name, F*& function) {
    function = reinterpret_cast<F*>(address_of(name));
    return function != nullptr;
  }
  const std::string& missing() const { return missing_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  Library(void* handle, std::filesystem::path file) : handle_(handle), file_(std::move(file)) {}
  void* address_of(const char* name);

  void* handle_;
  std::filesystem::path file_;
  std::string missing_;
};

}  // namespace oree::inference

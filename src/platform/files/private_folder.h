// A folder for temporary files that only this user may look into; it goes with its owner.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

namespace oree::files {

// A process that is killed leaves it behind, for the system to clear away. Not thread-safe.
class PrivateFolder {
 public:
  // Where the system keeps temporary files. `unavailable` names the place and what is wrong with it.
  static Result<PrivateFolder> create();
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit PrivateFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace oree::files

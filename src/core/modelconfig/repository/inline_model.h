// A model that a client sends with its load request: written to a private folder first, whole or not at all,
// then read like any other.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "core/modelconfig/repository/model_folder.h"

namespace oree::modelconfig {

// A folder that goes with its last owner.
class PrivateFolder {
 public:
  // Below the system's temporary folder, for this user's eyes only.
  static Result<PrivateFolder> create();
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();
  const Path& path() const { return path_; }

 private:
  explicit PrivateFolder(Path path) : path_(std::move(path)) {}
  Path path_;
};

// What may stand in "file:<path>": "<version>/…" or a file beside the versions, without '..'. `invalid`.
Status check_inline_path(std::string_view path);

// Writes the files of model `name` below `folder`, as a repository of one model.
Status write_inline(const PrivateFolder& folder, std::string_view name,
                    const std::map<std::string, std::string>& files);

}  // namespace oree::modelconfig

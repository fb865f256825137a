#include "app/optimise/work_folder.h"

#include <stdlib.h>

#include "base/text.h"

namespace oree::app {

Result<WorkFolder> WorkFolder::make() {
  std::string pattern = (std::filesystem::temp_directory_path() / "oree-work-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorKind::unavailable, cat(pattern, ": this folder cannot be made"));
  return WorkFolder(std::filesystem::path(pattern));
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace oree::app

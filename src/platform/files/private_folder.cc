#include "platform/files/private_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace oree::files {

Result<PrivateFolder> PrivateFolder::create() {
  std::error_code failed;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(failed);
  if (failed) {
    const char* said = ::getenv("TMPDIR");
    return fail(ErrorKind::unavailable,
                cat("the folder for temporary files, ", said == nullptr ? "/tmp" : said, ": ",
                    failed.message(), "; set TMPDIR to one that is there"));
  }
  std::string pattern = (parent / "oree-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorKind::unavailable,
                cat("no folder can be made in ", parent.string(), ": ", std::strerror(errno)));
  return PrivateFolder(pattern);
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace oree::files

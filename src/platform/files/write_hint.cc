#include "platform/files/write_hint.h"

#include <fcntl.h>
#include <unistd.h>

namespace oree::files {

void start_writing(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)::sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
  (void)::close(file);
}

}  // namespace oree::files

#include "core/graph/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace oree::graph {
namespace {

std::unexpected<Error> refused(const std::filesystem::path& file, int error) {
  const auto kind = error == ENOENT || error == ENOTDIR ? ErrorKind::not_found
                    : error == EACCES                   ? ErrorKind::denied
                                                        : ErrorKind::unavailable;
  return fail(kind, file.string() + ": " + std::strerror(error));
}

}  // namespace

Result<onnx::SharedBytes> map_file(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe of that name must not make us wait for its writer.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return refused(file, errno);
  const std::shared_ptr<void> close(nullptr, [fd](void*) { ::close(fd); });
  struct stat facts{};
  if (::fstat(fd, &facts) != 0) return refused(file, errno);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorKind::invalid, file.string() + " is no regular file");
  const auto size = static_cast<size_t>(facts.st_size);
  if (size == 0) return onnx::SharedBytes();
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory == MAP_FAILED) return refused(file, errno);
  std::shared_ptr<const void> keep(memory, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  return onnx::SharedBytes({static_cast<const std::byte*>(memory), size}, std::move(keep));
}

}  // namespace oree::graph

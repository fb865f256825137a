#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

#include "base/ids.h"
#include "platform/crypto/crypto.h"

namespace oree::crypto {

void random_bytes(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno != EINTR) std::abort();
    if (got > 0) out = out.subspan(static_cast<size_t>(got));
  }
}

std::string new_uuid(int64_t unix_ms) {
  std::array<uint8_t, 10> random;
  random_bytes(std::as_writable_bytes(std::span(random)));
  return uuid_v7(WallTime(milliseconds(unix_ms)), random);
}

}  // namespace oree::crypto

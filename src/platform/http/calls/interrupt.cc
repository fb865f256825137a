#include "platform/http/calls/interrupt.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace oree::http {

Interrupt::Interrupt() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Interrupt::~Interrupt() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Interrupt::fire() {
  const uint64_t one = 1;
  (void)!::write(descriptor_, &one, sizeof one);
}

void Interrupt::clear() {
  uint64_t count = 0;
  (void)!::read(descriptor_, &count, sizeof count);
}

}  // namespace oree::http

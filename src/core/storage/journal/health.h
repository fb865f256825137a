// Whether the store may still be believed. The first failure to make data durable stays for ever: after it
// nobody knows what is on the disk until the store is opened, and the journal read, again. Thread-safe.
#pragma once

#include <mutex>
#include <optional>

#include "base/log.h"
#include "base/result.h"
#include "base/text.h"

namespace oree::storage {

class Health {
 public:
  explicit Health(Log& log) : log_(log) {}

  Status check() const {
    const std::lock_guard lock(mutex_);
    if (!failure_) return {};
    return std::unexpected(*failure_);
  }

  void poison(const Error& reason) {
    const std::lock_guard lock(mutex_);
    if (failure_) return;
    failure_ = Error{
        ErrorKind::unavailable,
        cat("the store accepts nothing until it is opened again, because the disk failed: ", reason.what)};
    log_.error(failure_->what);
  }

 private:
  Log& log_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace oree::storage

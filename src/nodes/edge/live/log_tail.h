// The station's log: to standard error, one line each, and the newest lines kept for the page. Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace oree::edge {

class LogTail final : public Log {
 public:
  LogTail(const Clock& clock, LogLevel least) : clock_(clock), least_(least) {}
  void write(LogLevel level, std::string_view sentence) override;
  std::vector<std::string> lines() const;

 private:
  static constexpr size_t kKept = 200;
  const Clock& clock_;
  LogLevel least_;
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
};

}  // namespace oree::edge

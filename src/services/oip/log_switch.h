// A log whose levels clients may switch: Triton's logging extension, for both faces.
// https://github.com/triton-inference-server/server, docs/protocol/extension_logging.md
//
// Whoever assembles a server wraps its log in one and hands it to everybody. Thread-safe.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace oree::oip {

struct LogSettings {
  bool info = true, warning = true, error = true;
  uint32_t verbose_level = 0;  // above 0: debug lines too
};

// What a client wants changed.
struct LogChange {
  std::optional<bool> info, warning, error;
  std::optional<uint32_t> verbose_level;
  std::optional<std::string> file, format;
};

class LogSwitch final : public Log {
 public:
  explicit LogSwitch(Log& out) : out_(out) {}
  void write(LogLevel level, std::string_view sentence) override;

  LogSettings settings() const;
  // `unavailable` for a file, and for a format other than ISO8601: those are the server's. Then nothing has
  // changed.
  Status update(const LogChange& change);

 private:
  Log& out_;
  std::atomic<bool> info_ = true, warning_ = true, error_ = true;
  std::atomic<uint32_t> verbose_level_ = 0;
};

}  // namespace oree::oip

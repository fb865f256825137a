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
  std::string_view format = "default";
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
  // `unsupported` for a file: that is the server's to say. `unavailable` for a format other than Triton's
  // two, "default" and "ISO8601": lines here have ISO 8601 times anyhow, so both are as good. Then nothing
  // has changed.
  Status update(const LogChange& change);

 private:
  Log& out_;
  std::atomic<bool> info_ = true, warning_ = true, error_ = true;
  std::atomic<uint32_t> verbose_level_ = 0;
  std::atomic<bool> iso8601_ = false;
};

}  // namespace oree::oip

// The log as something handed in. Rooms write one sentence per event; main decides where it goes.
// Thread-safe. Never used for control flow, never holds secrets.
#pragma once

#include <mutex>
#include <string_view>

namespace oree {

enum class LogLevel { debug, info, warning, error };

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view sentence) = 0;

  void debug(std::string_view s) { write(LogLevel::debug, s); }
  void info(std::string_view s) { write(LogLevel::info, s); }
  void warning(std::string_view s) { write(LogLevel::warning, s); }
  void error(std::string_view s) { write(LogLevel::error, s); }
};

// Drops everything; for tests and one-shot commands.
class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

}  // namespace oree

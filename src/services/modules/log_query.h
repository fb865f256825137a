// Which lines of a module's log are wanted, as `iotedge logs` asks for them, and the words for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace oree::modules {

struct LogQuery {
  std::optional<size_t> tail;  // the newest so many; none: all
  std::optional<WallTime> since, until;
  // Only what came after an earlier page; "" for the beginning. `tail` does not count then.
  std::string after;
};

struct LogPage {
  std::string text;    // as the module wrote it
  std::string cursor;  // for LogQuery::after
};

// "1 day", "2 days 3 hours", "90m" before `now`; RFC 3339; or seconds since 1970. `invalid` with examples.
Result<WallTime> parse_log_time(std::string_view text, WallTime now);
// "all", or a number.
Result<std::optional<size_t>> parse_tail(std::string_view text);

}  // namespace oree::modules

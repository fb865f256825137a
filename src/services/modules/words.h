// What `iotedge` prints, byte for byte: the table of `list`, the words for times, the report of `check`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace oree::modules {

struct ListRow {
  std::string name;
  std::string status;  // running, stopped, failed, unknown
  int exit_code = 0;
  std::optional<WallTime> started, finished;
  std::string image;
};
// Rows are sorted by the bytes of their names. Ends with a line break.
std::string list_text(std::vector<ListRow> rows, WallTime now);
// "Up 42 minutes", "Failed (1) 5 seconds ago"
std::string description(const ListRow& row, WallTime now);
// "12 seconds", "a minute", "3 days"
std::string time_words(std::chrono::seconds span);

enum class Outcome { ok, warning, ignored, skipped, fatal, error };
struct CheckResult {
  std::string id, name, section;
  Outcome outcome = Outcome::ok;
  std::vector<std::string> details;  // the first, and what it was caused by
};
std::string check_text(const std::vector<CheckResult>& results, bool verbose);
// {"additional_info": …, "checks": {"<id>": {"result": "ok"}, …}} and a line break.
std::string check_json(const std::vector<CheckResult>& results, std::string_view version);
bool has_errors(const std::vector<CheckResult>& results);

}  // namespace oree::modules

#include "services/modules/words.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::modules {
namespace {

constexpr size_t kNarrowest = 15;  // of a column, before its gap
constexpr size_t kGap = 2;
constexpr std::array<std::string_view, 6> kResults{"ok", "warning", "ignored", "skipped", "fatal", "error"};

std::string counted(int64_t n, std::string_view unit) {
  return cat(n, " ", unit, n == 1 ? "" : "s");
}

std::chrono::seconds since(WallTime then, WallTime now) {
  return std::chrono::duration_cast<std::chrono::seconds>(std::max(microseconds(0), now - then));
}

void lines_to(std::string& out, std::string_view first, std::string_view rest, std::string_view text) {
  bool begun = false;
  for (const auto line : split(text, '\n')) {
    out += cat(begun ? rest : first, line, "\n");
    begun = true;
  }
}

size_t visible(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & '\xC0') != '\x80'; }));
}

}  // namespace

// The steps of the original's rough times (chrono-humanize); up to 20 s exact.
std::string time_words(std::chrono::seconds span) {
  constexpr int64_t kMinute = 60, kHour = 3600, kDay = 86'400, kWeek = 604'800, kMonth = 2'592'000,
                    kYear = 31'536'000;
  const int64_t s = span.count();
  if (s <= 0) return "0 seconds";
  if (s <= 45) return counted(s, "second");
  if (s <= 90) return "a minute";
  if (s <= 45 * kMinute) return counted(std::max<int64_t>(s / kMinute, 2), "minute");
  if (s <= 90 * kMinute) return "an hour";
  if (s <= 22 * kHour) return counted(std::max<int64_t>(s / kHour, 2), "hour");
  if (s <= 36 * kHour) return "a day";
  if (s <= 13 * kDay / 2) return counted(std::max<int64_t>(s / kDay, 2), "day");
  if (s <= 21 * kDay / 2) return "a week";
  if (s <= 29 * kDay) return counted(std::max<int64_t>(s / kWeek, 2), "week");
  if (s <= 45 * kDay) return "a month";
  if (s <= 345 * kDay) return counted(std::max<int64_t>(s / kMonth, 2), "month");
  if (s <= 547 * kDay) return "a year";
  return counted(std::max<int64_t>(s / kYear, 2), "year");
}

std::string description(const ListRow& row, WallTime now) {
  const auto ago = [&](std::string_view what) {
    return row.finished ? cat(what, " ", time_words(since(*row.finished, now)), " ago") : std::string(what);
  };
  if (row.status == "running") return row.started ? cat("Up ", time_words(since(*row.started, now))) : "Up";
  if (row.status == "stopped" || row.status == "dead") return ago("Stopped");
  if (row.status == "failed") return row.finished ? ago(cat("Failed (", row.exit_code, ")")) : "Failed";
  return "Unknown";
}

std::string list_text(std::vector<ListRow> rows, WallTime now) {
  std::ranges::sort(rows, {}, &ListRow::name);
  std::vector<std::array<std::string, 4>> cells{{"NAME", "STATUS", "DESCRIPTION", "CONFIG"}};
  for (const auto& row : rows) cells.push_back({row.name, row.status, description(row, now), row.image});
  std::string out;
  for (const auto& line : cells) {
    for (size_t column = 0; column < 3; ++column) {
      size_t widest = kNarrowest;
      for (const auto& other : cells) widest = std::max(widest, visible(other[column]));
      out += line[column];
      out.append(widest + kGap - visible(line[column]), ' ');
    }
    out += cat(line[3], "\n");
  }
  return out;
}

bool has_errors(const std::vector<CheckResult>& results) {
  return std::ranges::any_of(results, [](const CheckResult& result) {
    return result.outcome == Outcome::error || result.outcome == Outcome::fatal;
  });
}

std::string check_text(const std::vector<CheckResult>& results, bool verbose) {
  std::string out, section;
  std::map<Outcome, int> counts;
  for (const auto& result : results) {
    if (result.section != section) {
      out += cat(section.empty() ? "" : "\n", result.section, "\n", std::string(result.section.size(), '-'),
                 "\n");
      section = result.section;
    }
    ++counts[result.outcome];
    if (result.outcome == Outcome::ignored || (result.outcome == Outcome::skipped && !verbose)) continue;
    const bool soft = result.outcome == Outcome::warning || result.outcome == Outcome::skipped;
    if (result.outcome == Outcome::ok) {
      out += cat("√ ", result.name, " - OK\n");
      continue;
    }
    out += soft ? cat("‼ ", result.name, " - Warning\n") : cat("× ", result.name, " - Error\n");
    if (result.outcome == Outcome::skipped) out += "    skipping because of previous failures\n";
    for (size_t i = 0; i < result.details.size() && (i == 0 || verbose); ++i)
      lines_to(out, i == 0 ? "    " : "        caused by: ", i == 0 ? "    " : "                   ",
               result.details[i]);
  }
  if (!section.empty()) out += "\n";
  const std::string_view more = verbose ? "\n" : " Re-run with --verbose for more details.\n";
  const int errors = counts[Outcome::error] + counts[Outcome::fatal];
  out += cat(counts[Outcome::ok], " check(s) succeeded.\n");
  if (counts[Outcome::warning] > 0) out += cat(counts[Outcome::warning], " check(s) raised warnings.", more);
  if (errors > 0) out += cat(errors, " check(s) raised errors.", more);
  if (counts[Outcome::skipped] > 0)
    out += cat(counts[Outcome::skipped], " check(s) were skipped due to errors from other checks.", more);
  return out;
}

std::string check_json(const std::vector<CheckResult>& results, std::string_view version) {
  std::map<std::string, json::Value> sorted;
  for (const auto& result : results) {
    json::Object one{{"result", kResults[static_cast<size_t>(result.outcome)]}};
    json::Array details;
    for (const auto& detail : result.details) details.push_back(detail);
    const bool spoken = result.outcome == Outcome::warning || result.outcome == Outcome::error ||
                        result.outcome == Outcome::fatal;
    if (spoken) one.emplace_back("details", std::move(details));
    sorted[result.id] = std::move(one);
  }
  json::Object checks;
  for (auto& [id, value] : sorted) checks.emplace_back(id, std::move(value));
  const json::Object all{{"additional_info", json::Object{{"oree_version", version}}},
                         {"checks", std::move(checks)}};
  return json::print(all) + "\n";
}

}  // namespace oree::modules

#include "services/jobs/schedules/rule.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace oree::jobs {
namespace {

std::string next(std::string_view rule, std::string_view after) {
  const auto parsed = Rule::parse(rule);
  if (!parsed) return parsed.error().what;
  const auto found = parsed->next(*parse_iso(after));
  return found ? iso_text(*found).substr(0, 16) : "never";
}

TEST_CASE("CronSaysTheNextTime") {
  struct Row {
    std::string_view rule, after, expected;
  };
  const Row rows[] = {
      {"0 * * * *", "2026-11-22T10:00:00Z", "2026-11-22T11:00"},
      {"0 * * * *", "2026-11-22T23:59:59Z", "2026-11-23T00:00"},
      {"*/15 6-8 * * *", "2026-11-22T08:46:00Z", "2026-11-23T06:00"},
      {"5,20 * * * *", "2026-11-22T10:05:00Z", "2026-11-22T10:20"},
      {"0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00"},
      {"0 0 29 2 *", "2024-02-29T00:00:00Z", "2028-02-29T00:00"},
      {"0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00"},
      {"0 0 30 2 *", "2026-01-01T00:00:00Z", "never"},
      {"0 9 * * mon-fri", "2026-11-20T09:00:00Z", "2026-11-23T09:00"},
      {"0 9 * * 7", "2026-11-20T09:00:00Z", "2026-11-22T09:00"},
      {"0 0 1 * 1", "2026-11-24T00:00:00Z", "2026-11-30T00:00"},
      {"0 0 */2 * 1", "2026-11-22T00:00:00Z", "2026-11-23T00:00"},
      {"59 23 31 dec *", "2026-12-31T23:59:00Z", "2027-12-31T23:59"},
      {"10/20 * * * *", "2026-11-22T10:31:00Z", "2026-11-22T10:50"},
      {"@hourly", "2026-11-22T10:30:00Z", "2026-11-22T11:00"},
      {"@every 90min", "2026-11-22T10:30:00Z", "2026-11-22T12:00"},
  };
  for (const Row& row : rows) CHECK_MESSAGE(next(row.rule, row.after) == row.expected, std::string(row.rule));
}

TEST_CASE("AWrongRuleSaysWhichField") {
  for (const std::string_view wrong :
       {"", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *",
        "*/0 * * * *", "1,, * * * *", "a * * * *", "@every 1ms", "1-2-3 * * * *"}) {
    CHECK_FALSE_MESSAGE(Rule::parse(wrong), std::string(wrong));
  }
  CHECK(next("* 24 * * *", "2026-01-01").find("'24' is no hour") != std::string::npos);
}

}  // namespace
}  // namespace oree::jobs

#include <doctest/doctest.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/text.h"

using namespace oree;

TEST_CASE("EveryErrorKindHasItsOwnRowAndExitCode") {
  std::vector<int> codes;
  for (int k = 0; k <= static_cast<int>(ErrorKind::bug); ++k) {
    const auto& row = facts(static_cast<ErrorKind>(k));
    CHECK(static_cast<int>(row.kind) == k);
    CHECK(std::ranges::find(codes, row.exit_code) == codes.end());
    codes.push_back(row.exit_code);
  }
}

TEST_CASE("ASlipOfTheFingerGetsASuggestion") {
  const std::vector<std::string> names{"folder", "http", "timer"};
  CHECK(did_you_mean("foldr", names) == "; did you mean 'folder'?");
  CHECK(did_you_mean("Folder", names) == "; did you mean 'folder'?");
  CHECK(did_you_mean("gstreamer", names).empty());
}

TEST_CASE("SizesAndDurationsAreReadAsPeopleWriteThem") {
  CHECK(parse_size("10GB") == 10'000'000'000u);
  CHECK(parse_size("1.5 MiB") == 1'572'864u);
  CHECK(parse_size("42") == 42u);
  CHECK(!parse_size("ten"));
  CHECK(!parse_size("-1MB"));
  CHECK(!parse_size("1e30TB"));
  CHECK(parse_duration("500ms") == microseconds(500'000));
  CHECK(parse_duration("1.5s") == microseconds(1'500'000));
  CHECK(parse_duration("30d") == microseconds(2'592'000'000'000));
  CHECK(!parse_duration("5"));
  CHECK(!parse_duration("5 weeks"));
  CHECK(size_text(1'536'000) == "1.5 MB");
  CHECK(duration_text(microseconds(90'000'000)) == "1.5 min");
}

TEST_CASE("TimesSurviveTheTripThroughText") {
  const auto time = parse_iso("2026-02-28T23:59:59.123456Z");
  REQUIRE(time);
  CHECK(iso_text(*time) == "2026-02-28T23:59:59.123456Z");
  CHECK(parse_iso("2026-03-01T00:59:59.123456+01:00") == time);
  CHECK(parse_iso("2026-02-28") == parse_iso("2026-02-28T00:00:00Z"));
  for (const char* bad :
       {"", "2026-02-30", "2026-13-01", "2026-02-28T25:00:00Z", "2026-02-28T10:00:00Zx", "now"}) {
    CHECK_MESSAGE(!parse_iso(bad), bad);
  }
}

TEST_CASE("UuidsSortByTime") {
  const auto early =
      uuid_v7(WallTime(std::chrono::milliseconds(1'700'000'000'000)), {9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
  const auto late = uuid_v7(WallTime(std::chrono::milliseconds(1'700'000'000'001)), {0});
  CHECK(is_uuid(early));
  CHECK(early < late);
  CHECK(early[14] == '7');
  CHECK_FALSE(is_uuid("../etc/passwd"));
}

TEST_CASE("HexGoesBothWays") {
  CHECK(to_hex(as_bytes("\x01\xfe")) == "01fe");
  CHECK(from_hex("01FE").has_value());
  CHECK_FALSE(from_hex("0g").has_value());
  CHECK_FALSE(from_hex("abc").has_value());
}

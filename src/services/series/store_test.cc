#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "core/readings/testing/conformance.h"
#include "core/readings/view.h"
#include "services/series/sqlite_store.h"
#include "services/series/testing/temp_store.h"
#include "services/series/upkeep.h"

namespace oree::series {
namespace {

using readings::Bucket;
using readings::kHour;
using readings::kMinute;
using readings::kSecond;
using readings::Level;
using readings::Micros;
using readings::Point;
using readings::Range;
using readings::Reading;
using readings::SeriesId;
using testing::TempStore;

const WallTime kFar{microseconds(readings::kEndOfTime)};

std::vector<Point> all_points(readings::SeriesStore& store, SeriesId id, Range range = {}) {
  auto view = store.view();
  REQUIRE(view);
  std::vector<Point> all;
  const SeriesId wanted[] = {id};
  REQUIRE((*view)->points(wanted, range, [&](SeriesId, std::span<const Point> points) -> Status {
    all.insert(all.end(), points.begin(), points.end());
    return {};
  }));
  return all;
}

std::vector<Bucket> all_buckets(readings::SeriesStore& store, SeriesId id, Level level, Range range = {}) {
  auto view = store.view();
  REQUIRE(view);
  std::vector<Bucket> all;
  const SeriesId wanted[] = {id};
  REQUIRE((*view)->buckets(wanted, range, level, [&](SeriesId, std::span<const Bucket> buckets) -> Status {
    all.insert(all.end(), buckets.begin(), buckets.end());
    return {};
  }));
  return all;
}

TEST_CASE("BehavesAsTheMemoryStoreWhateverIsClosedInBetween") {
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    TempStore temp;
    uint32_t turn = seed;
    const auto disturb = [&]() -> readings::SeriesStore& {
      ++turn;
      if (turn % 3 != 0) REQUIRE(temp.store().close_hours(kFar, Closing::everything));
      if (turn % 4 == 0) temp.reopen();
      if (turn % 5 == 0) REQUIRE(temp.store().compact());
      return temp.store();
    };
    CHECK(readings::testing::conformance(temp.store(), disturb, seed) == "");
  }
}

TEST_CASE("ABatchIsAppliedOnceHoweverOftenItComes") {
  TempStore temp;
  const SeriesId id = temp.store().series("robot", "speed").value_or(0);
  const Reading reading{id, kHour, 5};
  REQUIRE(temp.store().position("broker").value_or(9) == 0);
  CHECK(temp.store().append({&reading, 1}, "broker", 7)->applied);
  CHECK_FALSE(temp.store().append({&reading, 1}, "broker", 7)->applied);
  CHECK_FALSE(temp.store().append({&reading, 1}, "broker", 3)->applied);
  temp.reopen();
  CHECK(temp.store().position("broker").value_or(0) == 7);
  CHECK_FALSE(temp.store().append({&reading, 1}, "broker", 7)->applied);
  CHECK(temp.store().append({&reading, 1}, "other", 1)->applied);
  CHECK(all_points(temp.store(), id).size() == 2);
  CHECK(temp.store().series("robot", "speed").value_or(0) == id);
}

TEST_CASE("OddValuesAreKeptRawAndLeftOutOfBuckets") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<Reading> batch = {{id, kHour, 1},
                                      {id, kHour + 1, std::nan("")},
                                      {id, kHour + 2, infinite},
                                      {id, kHour + 3, 1e308},
                                      {id, kHour + 4, 1e308}};
  REQUIRE(temp.store().append(batch, "", 0));
  for (int closed = 0; closed < 2; ++closed) {
    const auto points = all_points(temp.store(), id);
    REQUIRE(points.size() == 5);
    CHECK(std::isnan(points[1].value));
    CHECK(points[2].value == infinite);
    for (const Level level : {Level::second, Level::minute, Level::hour}) {
      const auto buckets = all_buckets(temp.store(), id, level);
      REQUIRE(buckets.size() == 1);
      CHECK(buckets[0].count == 3);
      CHECK(buckets[0].sum == infinite);
      CHECK(buckets[0].max == 1e308);
    }
    REQUIRE(temp.store().close_hours(kFar, Closing::everything));
  }
}

TEST_CASE("ClockJumpsAndFarFuturesLieWhereTheySay") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  const Micros now = 1'700'000'000 * kSecond;
  const Micros year = 365 * 24 * kHour;
  const std::vector<Reading> batch = {{id, now, 1},        {id, now + year, 2},
                                      {id, now - year, 3}, {id, readings::kEndOfTime - 1, 4},
                                      {id, 0, 5},          {id, readings::kEndOfTime, 6},
                                      {id, -1, 7},         {id, INT64_MAX, 8},
                                      {id, INT64_MIN, 9}};
  const auto done = temp.store().append(batch, "source", 1);
  REQUIRE(done);
  CHECK(done->stored == 5);
  CHECK(done->refused == 4);
  // By the clock only the past is over; the future waits where it landed.
  const auto closed = temp.store().close_hours(WallTime(microseconds(now)), Closing::due);
  REQUIRE(closed);
  CHECK(closed->points == 2);
  const auto points = all_points(temp.store(), id);
  REQUIRE(points.size() == 5);
  CHECK(points[0].value == 5);
  CHECK(points[4].value == 4);
  CHECK(all_points(temp.store(), id, {now, now + 1}).size() == 1);
  REQUIRE(temp.store().close_hours(kFar, Closing::everything));
  CHECK(all_points(temp.store(), id).size() == 5);
  auto view = temp.store().view();
  const SeriesId wanted[] = {id};
  CHECK((*view)->latest(wanted)->front()->value == 4);
}

TEST_CASE("ADenseHourKeepsItsSecondsWhenItsReadingsAreGone") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "vibration").value_or(0);
  std::vector<Reading> batch;
  for (int i = 0; i < 20'000; ++i) batch.push_back({id, kHour + i * 10'000, static_cast<double>(i % 7)});
  REQUIRE(temp.store().append(batch, "", 0));
  const auto before = all_buckets(temp.store(), id, Level::second);
  REQUIRE(before.size() == 200);
  REQUIRE(temp.store().close_hours(kFar, Closing::everything));
  const Reading late{id, kHour + 5, 100};
  REQUIRE(temp.store().append({&late, 1}, "", 0));
  REQUIRE(temp.store().close_hours(kFar, Closing::everything));
  const auto dropped =
      temp.store().apply_retention(WallTime(microseconds(100 * kHour)), {.raw = microseconds(kHour)});
  REQUIRE(dropped);
  CHECK(dropped->chunks == 1);
  CHECK(all_points(temp.store(), id).empty());
  const auto after = all_buckets(temp.store(), id, Level::second);
  REQUIRE(after.size() == 200);
  CHECK(after[0].max == 100);
  CHECK(after[0].count == 101);
  CHECK(after[1] == before[1]);
  CHECK(all_buckets(temp.store(), id, Level::hour)[0].count == 20'001);
}

TEST_CASE("AgeTakesWholeHoursAndKeepsWhatIsYounger") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  std::vector<Reading> batch;
  for (int hour = 0; hour < 10; ++hour) batch.push_back({id, hour * kHour + 1, 1.0});
  REQUIRE(temp.store().append(batch, "", 0));
  const WallTime now{microseconds(10 * kHour)};
  REQUIRE(
      temp.store().apply_retention(now, {.raw = microseconds(4 * kHour), .hours = microseconds(8 * kHour)}));
  CHECK(all_points(temp.store(), id).size() == 4);
  CHECK(all_buckets(temp.store(), id, Level::hour).size() == 8);
  CHECK(all_buckets(temp.store(), id, Level::minute).size() == 10);
}

TEST_CASE("BytesAreKeptBelowTheirCapAndTheOldestGoesFirst") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  for (int hour = 0; hour < 40; ++hour) {
    std::vector<Reading> batch;
    for (int i = 0; i < 3000; ++i) batch.push_back({id, hour * kHour + i * kSecond, std::sin(i * hour)});
    REQUIRE(temp.store().append(batch, "", 0));
  }
  REQUIRE(temp.store().close_hours(kFar, Closing::everything));
  constexpr uint64_t kCap = 500'000;
  REQUIRE(temp.store().stats()->file_bytes > kCap);
  REQUIRE(temp.store().apply_retention(kFar, {.max_bytes = kCap}));
  REQUIRE(temp.store().compact());
  CHECK(temp.store().stats()->file_bytes <= kCap);
  const auto left = all_points(temp.store(), id);
  REQUIRE_FALSE(left.empty());
  CHECK(left.back().time == 39 * kHour + 2999 * kSecond);
  CHECK(left.front().time > kHour);
  CHECK(all_buckets(temp.store(), id, Level::hour).size() == 40);
}

TEST_CASE("AViewShowsOneMomentWhileTheStoreGoesOn") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  const Reading first{id, kHour, 1}, second{id, kHour + 1, 2};
  REQUIRE(temp.store().append({&first, 1}, "", 0));
  auto view = temp.store().view();
  REQUIRE(view);
  REQUIRE(temp.store().append({&second, 1}, "", 0));
  REQUIRE(temp.store().close_hours(kFar, Closing::everything));
  size_t seen = 0;
  const SeriesId wanted[] = {id};
  REQUIRE((*view)->points(wanted, {}, [&](SeriesId, std::span<const Point> points) -> Status {
    seen += points.size();
    return {};
  }));
  CHECK(seen == 1);
  CHECK(all_points(temp.store(), id).size() == 2);
}

TEST_CASE("AnotherProcessReadsAndCannotWrite") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  const Reading reading{id, kHour, 1};
  REQUIRE(temp.store().append({&reading, 1}, "broker", 4));
  auto reader = open_reader(temp.file());
  REQUIRE(reader);
  CHECK(all_points(**reader, id).size() == 1);
  CHECK((*reader)->position("broker").value_or(0) == 4);
  CHECK((*reader)->series("m", "s").value_or(0) == id);
  CHECK((*reader)->series("m", "new").error().kind == ErrorKind::denied);
  CHECK((*reader)->append({&reading, 1}, "", 0).error().kind == ErrorKind::denied);
  CHECK_FALSE(open_reader(temp.folder() / "none.db"));
}

TEST_CASE("AppendingClosingAndReadingGoOnTogether") {
  TempStore temp;
  constexpr uint64_t kBatches = 60;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  oree::testing::FakeClock clock(kFar);
  NullLog log;
  Upkeep upkeep(temp.store(), {}, clock, log, milliseconds(1));
  std::atomic<bool> done = false;
  std::jthread reader([&] {
    uint64_t before = 0;
    while (!done) {
      // One moment shows whole batches, readings and buckets alike, and never fewer than an earlier one.
      auto view = temp.store().view();
      if (!view) return;
      uint64_t points = 0, counted = 0;
      const SeriesId wanted[] = {id};
      const auto add = [&](SeriesId, std::span<const Point> some) -> Status {
        points += some.size();
        return {};
      };
      const auto count = [&](SeriesId, std::span<const Bucket> some) -> Status {
        for (const Bucket& bucket : some) counted += bucket.count;
        return {};
      };
      CHECK((*view)->points(wanted, {}, add));
      CHECK((*view)->buckets(wanted, {}, Level::minute, count));
      CHECK(points == counted);
      CHECK(points % 10 == 0);
      CHECK(points >= before);
      before = points;
    }
  });
  for (uint64_t batch = 1; batch <= kBatches; ++batch) {
    std::vector<Reading> readings;
    for (int i = 0; i < 10; ++i) readings.push_back({id, static_cast<Micros>(batch) * 10 * kMinute + i, 1.0});
    REQUIRE(temp.store().append(readings, "source", batch));
    if (batch % 10 == 0) REQUIRE(upkeep.once());
  }
  done = true;
  reader.join();
  upkeep.stop();
  CHECK(all_points(temp.store(), id).size() == kBatches * 10);
}

TEST_CASE("AVisitorsFailureEndsTheWalk") {
  TempStore temp;
  const SeriesId id = temp.store().series("m", "s").value_or(0);
  const Reading reading{id, kHour, 1};
  REQUIRE(temp.store().append({&reading, 1}, "", 0));
  auto view = temp.store().view();
  const SeriesId wanted[] = {id};
  const auto stopped = (*view)->points(wanted, {}, [](SeriesId, std::span<const Point>) -> Status {
    return fail(ErrorKind::timeout, "enough");
  });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().kind == ErrorKind::timeout);
  CHECK((*view)->points(wanted, {}, [](SeriesId, std::span<const Point>) -> Status { return {}; }));
}

}  // namespace
}  // namespace oree::series

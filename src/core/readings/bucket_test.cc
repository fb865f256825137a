#include "core/readings/bucket.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/readings/testing/conformance.h"
#include "core/readings/testing/memory_store.h"
#include "core/readings/view.h"

namespace oree::readings {
namespace {

TEST_CASE("FoldingKeepsLeastMostSumCountAndTheNewest") {
  const Point points[] = {{1'000'000, 2}, {1'500'000, -1}, {1'500'000, 4}, {2'000'000, 9}};
  std::vector<Bucket> buckets;
  fold_points(points, kSecond, buckets);
  REQUIRE(buckets.size() == 2);
  CHECK(buckets[0] == Bucket{1'000'000, -1, 4, 5, 3, 4, 1'500'000});
  CHECK(buckets[1] == Bucket{2'000'000, 9, 9, 9, 1, 9, 2'000'000});
  std::vector<Bucket> minutes;
  fold_buckets(buckets, kMinute, minutes);
  REQUIRE(minutes.size() == 1);
  CHECK(minutes[0] == Bucket{0, -1, 9, 14, 4, 9, 2'000'000});
}

TEST_CASE("WhatIsNoFiniteNumberStaysOutOfBuckets") {
  const double infinite = std::numeric_limits<double>::infinity();
  const Point points[] = {
      {0, infinite}, {1, std::numeric_limits<double>::quiet_NaN()}, {2, 3}, {3, -infinite}};
  std::vector<Bucket> buckets;
  fold_points(points, kSecond, buckets);
  REQUIRE(buckets.size() == 1);
  CHECK(buckets[0] == Bucket{0, 3, 3, 3, 1, 3, 2});
}

TEST_CASE("MergingPartsInAnyOrderGivesTheWhole") {
  Bucket early{0}, late{0};
  fold(early, 10, 5);
  fold(late, 20, 7);
  Bucket one = early, other = late;
  merge(one, late);
  merge(other, early);
  CHECK(one == other);
  CHECK(one.last == 7);
  Bucket empty{0};
  merge(empty, one);
  CHECK(empty == one);
}

TEST_CASE("FloorRoundsDownOnBothSidesOfTheOrigin") {
  CHECK(floor_to(125, 60) == 120);
  CHECK(floor_to(-1, 60) == -60);
  CHECK(floor_to(120, 60) == 120);
  CHECK(floor_to(5, 60, 10) == -50);
}

TEST_CASE("AChartTakesTheFinestLevelThatFits") {
  CHECK(level_for({0, 10 * kMinute}, 1000) == Level::second);
  CHECK(level_for({0, 10 * kHour}, 1000) == Level::minute);
  CHECK(level_for({0, 365 * 24 * kHour}, 1000) == Level::hour);
}

TEST_CASE("GapsAreWhereNoBucketIs") {
  const Bucket buckets[] = {{10}, {20}, {50}};
  const auto found = gaps(buckets, 10, {0, 100}, 5);
  REQUIRE(found.size() == 3);
  CHECK(found[0].from == 0);
  CHECK(found[1].from == 30);
  CHECK(found[1].to == 50);
  CHECK(found[2].to == 100);
}

TEST_CASE("TheMemoryStoreAgreesWithItself") {
  testing::MemoryStore store;
  CHECK(testing::conformance(store, [&]() -> SeriesStore& { return store; }, 1) == "");
}

TEST_CASE("AnyStepIsFoldedFromTheCoarsestLevelThatDividesIt") {
  testing::MemoryStore store;
  const SeriesId id = store.series("m", "s").value_or(0);
  std::vector<Reading> batch;
  for (int i = 0; i < 1000; ++i) batch.push_back({id, i * kSecond / 2, static_cast<double>(i)});
  REQUIRE(store.append(batch, "", 0));
  auto view = store.view();
  REQUIRE(view);
  for (const Micros step : {kSecond / 4, 7 * kSecond, 2 * kMinute, kHour}) {
    const auto buckets = buckets_of(**view, id, {0, kHour}, step);
    REQUIRE(buckets);
    double sum = 0;
    for (const Bucket& bucket : *buckets) {
      CHECK(bucket.time % step == 0);
      sum += bucket.sum;
    }
    CHECK(sum == 999 * 500.0);
  }
  const auto held = last_before(**view, id, 10 * kSecond, kMinute);
  REQUIRE(held);
  REQUIRE(*held);
  CHECK((*held)->value == 19);
}

}  // namespace
}  // namespace oree::readings

#include "services/series/chunk.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "services/series/closing_rules.h"
#include "services/series/columns.h"
#include "services/series/landing.h"

namespace oree::series {
namespace {

bool same_bits(const std::vector<Point>& a, const std::vector<Point>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].time != b[i].time) return false;
    if (std::bit_cast<uint64_t>(a[i].value) != std::bit_cast<uint64_t>(b[i].value)) return false;
  }
  return true;
}

size_t round_trip(const std::vector<Point>& points) {
  const ByteBuffer chunk = encode_points(points);
  std::vector<Point> back;
  const Status read = decode_points(chunk, back);
  REQUIRE_MESSAGE(read, (read ? "" : read.error().what));
  CHECK(same_bits(points, back));
  return chunk.size();
}

std::vector<Point> regular(size_t count, auto value) {
  std::vector<Point> points;
  for (size_t i = 0; i < count; ++i) {
    points.push_back({1'700'000'000'000'000 + static_cast<int64_t>(i) * 1'000'000, value(i)});
  }
  return points;
}

TEST_CASE("EveryBitOfEveryDoubleComesBack") {
  const double odd[] = {0.0,
                        -0.0,
                        1e-320,
                        std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity(),
                        std::numeric_limits<double>::quiet_NaN(),
                        std::bit_cast<double>(0x7ff4000000000001),
                        1e308,
                        0.1,
                        -12.5,
                        9007199254740993.0};
  round_trip({});
  round_trip(regular(1, [&](size_t) { return 0.1; }));
  round_trip(regular(500, [&](size_t i) { return odd[i % std::size(odd)]; }));
  round_trip(
      regular(500, [&](size_t i) { return i % 100 == 7 ? odd[i % 9] : static_cast<double>(i) / 100; }));
  std::mt19937_64 random(7);
  round_trip(regular(1000, [&](size_t) { return std::bit_cast<double>(random()); }));
}

TEST_CASE("TimesOfAnyKindComeBack") {
  std::mt19937_64 random(9);
  std::vector<Point> points;
  for (size_t i = 0; i < 700; ++i) {
    const auto wild = static_cast<int64_t>(random());
    points.push_back({i % 3 == 0 ? wild : static_cast<int64_t>(i), 1.0});
  }
  points.push_back({INT64_MIN, 1});
  points.push_back({INT64_MAX, 1});
  round_trip(points);
}

TEST_CASE("DecimalsAtRegularTimesTakeFewBytes") {
  double level = 20;
  std::mt19937 random(3);
  const auto walk = regular(3600, [&](size_t) {
    level += (static_cast<int>(random() % 7) - 3) * 0.01;
    return std::round(level * 100) / 100;
  });
  CHECK(round_trip(walk) < 3600 * 1);
  CHECK(round_trip(regular(3600, [](size_t) { return 4.2; })) < 200);
}

TEST_CASE("ADamagedChunkIsCorruptAndNeverOtherReadings") {
  const ByteBuffer chunk = encode_points(regular(300, [](size_t i) { return static_cast<double>(i) * 0.5; }));
  for (size_t at = 0; at < chunk.size(); ++at) {
    ByteBuffer damaged = chunk;
    damaged[at] ^= std::byte{0x10};
    std::vector<Point> points;
    const Status read = decode_points(damaged, points);
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == ErrorKind::corrupt);
    CHECK(points.empty());
  }
  std::vector<Point> points;
  CHECK_FALSE(decode_points(ByteView(chunk).first(3), points));
}

TEST_CASE("BucketsComeBack") {
  std::vector<Bucket> buckets, back;
  for (int i = 0; i < 60; ++i) {
    buckets.push_back({.time = i * 60'000'000LL,
                       .min = i * 0.1,
                       .max = 100.0,
                       .sum = i / 3.0,
                       .count = 60,
                       .last = -1.5,
                       .last_time = i * 60'000'000LL + 59});
  }
  REQUIRE(decode_buckets(encode_buckets(buckets), back));
  CHECK(back == buckets);
}

TEST_CASE("ALandingGivesTheWantedSeriesOnly") {
  const int64_t hour = 472'222;
  const Micros start = hour * readings::kHour;
  const std::vector<LandedSeries> all = {{3, {{start, 1}, {start, 2}, {start + 5, std::nan("")}}},
                                         {9, {{start + readings::kHour - 1, -7}}}};
  const ByteBuffer landing = encode_landing(hour, all);
  for (const SeriesId wanted : {3u, 9u}) {
    std::vector<Point> got;
    REQUIRE(decode_landing(
        hour, landing, [&](SeriesId id) { return id == wanted; },
        [&](SeriesId id, std::span<const Point> points) {
          CHECK(id == wanted);
          got.assign(points.begin(), points.end());
        }));
    CHECK(same_bits(got, all[wanted == 3 ? 0 : 1].points));
  }
}

TEST_CASE("HoursCloseWhenTheyAreOverFollowedOrFull") {
  const Micros now = 1000 * readings::kHour + 4 * readings::kMinute;
  const std::vector<LandedHour> landed = {{998, 10}, {999, 10}, {1000, 2 << 20}, {1001, 10}, {5000, 10}};
  const auto closed = hours_to_close(landed, now, false);
  REQUIRE(closed.size() == 2);
  CHECK(closed[0].hour == 998);   // over
  CHECK(closed[1].hour == 1000);  // followed by two, and worth it; 999 ended 4 min ago only
  CHECK(hours_to_close(landed, now, true).size() == 5);
  const std::vector<LandedHour> full = {{1000, 65 << 20}};
  CHECK(hours_to_close(full, now, false).size() == 1);
}

}  // namespace
}  // namespace oree::series

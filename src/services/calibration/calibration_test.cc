#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "services/calibration/ranges.h"

using namespace oree;
using namespace oree::calibration;

namespace {

std::vector<float> some_values(size_t count, unsigned seed, float spread) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.3f, spread);
  std::vector<float> values(count);
  for (float& value : values) value = random() % 5 == 0 ? 0.0f : normal(random);
  return values;
}

Statistics of(std::span<const float> values) {
  Statistics statistics;
  const std::vector<int64_t> shape{1, static_cast<int64_t>(values.size())};
  REQUIRE(statistics.add_sample(values, shape));
  return statistics;
}

}  // namespace

TEST_CASE("The histogram has the same bytes whatever the values were cut into") {
  std::vector<float> values = some_values(20'000, 1, 2);
  values[777] = 300;  // makes the bins wider late or early
  values[19'999] = -0.001f;
  Histogram whole;
  REQUIRE(whole.add(values));
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    Histogram pieces;
    for (size_t at = 0; at < values.size();) {
      const size_t n = std::min<size_t>(1 + random() % 3000, values.size() - at);
      REQUIRE(pieces.add(std::span(values).subspan(at, n)));
      at += n;
    }
    CHECK(pieces.bytes() == whole.bytes());
  }
  std::vector<float> turned(values.rbegin(), values.rend());
  Histogram backwards;
  for (const float& value : turned) REQUIRE(backwards.add({&value, 1}));
  CHECK(backwards.bytes() == whole.bytes());
}

TEST_CASE("Every value is in the bin that covers it, and the bins use at least half of their number") {
  for (const float spread : {1e-30f, 1e-6f, 1.0f, 1e4f, 1e37f}) {
    const std::vector<float> values = some_values(5000, 7, spread);
    Histogram histogram;
    REQUIRE(histogram.add(values));
    std::map<int, uint32_t> wanted;
    uint64_t zeros = 0;
    for (const float x : values) {
      if (x == 0)
        ++zeros;
      else
        ++wanted[static_cast<int>(std::floor(double{x} / histogram.width()))];
    }
    CHECK(histogram.zeros() == zeros);
    uint64_t sum = zeros;
    for (int bin = histogram.first(); bin <= histogram.last(); ++bin) {
      CHECK(histogram.at(bin) == (wanted.contains(bin) ? wanted[bin] : 0));
      sum += histogram.at(bin);
    }
    CHECK(sum == histogram.count());
    CHECK(histogram.last() - histogram.first() + 1 >= Histogram::kBins / 2 - 1);
  }
}

TEST_CASE("Values that come three hundred thousand times in a row are counted as often, zeros apart") {
  std::vector<float> values(300'000, 5.0f);
  values.insert(values.end(), 300'001, 0.0f);
  values.push_back(-1);
  Histogram histogram;
  REQUIRE(histogram.add(values));
  CHECK(histogram.zeros() == 300'001);
  CHECK(histogram.at(static_cast<int>(5 / histogram.width())) == 300'000);
  CHECK(histogram.at(0) == 0);
  CHECK(histogram.at(static_cast<int>(-1 / histogram.width())) == 1);
}

TEST_CASE("A value that is no number is refused and named, and nothing is added") {
  Histogram histogram;
  std::vector<float> values(20, 1.0f);
  values[13] = std::numeric_limits<float>::quiet_NaN();
  const auto added = histogram.add(values);
  REQUIRE_FALSE(added);
  CHECK(added.error().kind == ErrorKind::invalid);
  CHECK(added.error().what == "value 13 is not a number");
  values[13] = -std::numeric_limits<float>::infinity();
  CHECK(histogram.add(values).error().what == "value 13 is infinite");
  CHECK(histogram.count() == 0);
}

TEST_CASE("The average method follows each sample's extremes, minmax those of all") {
  Statistics statistics;
  const std::vector<int64_t> shape{1, 2};
  for (const auto& sample : {std::vector<float>{-1, 2}, {-3, 6}, {-2, 100}})
    REQUIRE(statistics.add_sample(sample, shape));
  const Range average = choose_range(statistics, Method::average, {});
  CHECK(average.low == -2);
  CHECK(average.high == 36);
  const Range all = choose_range(statistics, Method::minmax, {});
  CHECK(all.low == -3);
  CHECK(all.high == 100);
  CHECK(statistics.channel_means() == std::vector<double>{-2, 36});
}

TEST_CASE("Percentile and entropy cut what is far outside; minmax keeps it") {
  std::vector<float> values = some_values(100'000, 11, 1);
  values[5] = 80;
  const Statistics statistics = of(values);
  for (const Grid grid : {Grid{256, false}, Grid{255, true}}) {
    CHECK(choose_range(statistics, Method::minmax, grid).high == doctest::Approx(80));
    for (const Method method : {Method::percentile, Method::entropy}) {
      CAPTURE(name_of(method));
      const Range range = choose_range(statistics, method, grid);
      CHECK(range.high < 20);
      CHECK(range.high > 2);
      CHECK(range.low < -1.5);
      if (grid.symmetric) CHECK(range.low == -range.high);
    }
  }
}

TEST_CASE("Of all methods mse has the least squared error, measured on the values themselves") {
  const std::vector<float> values = some_values(50'000, 5, 3);
  const Statistics statistics = of(values);
  const Grid grid{256, false};
  const auto error = [&](const Range& range) {
    const double scale = (range.high - range.low) / 255, zero = std::nearbyint(-range.low / scale);
    double sum = 0;
    for (const float x : values) {
      const double q = std::clamp(std::nearbyint(double{x} / scale) + zero, 0.0, 255.0);
      sum += std::pow(double{x} - (q - zero) * scale, 2);
    }
    return sum / static_cast<double>(values.size());
  };
  const Range best = choose_range(statistics, Method::mse, grid);
  for (const MethodFacts& facts : methods()) {
    CAPTURE(facts.name);
    CHECK(error(best) <= error(choose_range(statistics, facts.method, grid)) * 1.01);
  }
  CHECK(quantisation_error(statistics.histogram(), best, grid) == doctest::Approx(error(best)).epsilon(0.05));
}

TEST_CASE("A tensor that is always zero, or always positive, has a range with zero in it") {
  const std::vector<float> nothing(100, 0.0f), seven(100, 7.0f);
  for (const MethodFacts& facts : methods()) {
    CAPTURE(facts.name);
    const Range empty = choose_range(of(nothing), facts.method, {});
    CHECK(empty.low == 0);
    CHECK(empty.high == 0);
    const Range one = choose_range(of(seven), facts.method, {});
    CHECK(one.low == 0);
    CHECK(one.high >= 6.5);
  }
}

TEST_CASE("Of what gates itself, eight bits cover what comes through the gate") {
  std::mt19937 random(11);
  std::normal_distribution<float> normal(-2, 3);
  std::vector<float> values(20'000);
  for (float& value : values) value = normal(random);
  for (size_t i = 0; i < values.size(); i += 50) values[i] = -45;  // as good as zero behind the gate
  const Statistics statistics = of(values);
  const Range all = choose_range(statistics, Method::minmax, {}), gated = gated_range(statistics, {});
  CHECK(gated.low > -10);
  CHECK(gated.low < -3);
  CHECK(gated.high > 4);
  const auto error = [&](const Range& range) {
    const double scale = (range.high - range.low) / 255, zero = std::nearbyint(range.low / scale);
    double sum = 0;
    for (const float value : values) {
      const double x = double{value};
      const double q = (std::clamp(std::nearbyint(x / scale) - zero, 0.0, 255.0) + zero) * scale;
      sum += std::pow(q / (1 + std::exp(-q)) - x / (1 + std::exp(-x)), 2);
    }
    return sum;
  };
  CHECK(error(gated) * 5 < error(all));
}

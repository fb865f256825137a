#include "core/monitoring/drift.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace oree::monitoring {
namespace {

// So that scipy can be given the same values: x ← (1103515245 x + 12345) mod 2³¹, value = x / 2³¹.
std::vector<double> numbers(uint64_t seed, size_t count, auto&& shape) {
  std::vector<double> out;
  for (size_t i = 0; i < count; ++i) {
    seed = (1103515245 * seed + 12345) % (uint64_t{1} << 31);
    out.push_back(shape(static_cast<double>(seed) / 2147483648.0));
  }
  return out;
}

double same(double x) {
  return x;
}

struct Case {
  std::vector<double> reference;
  std::vector<double> current;
  double wasserstein, ks, psi;  // scipy 1.17.1: wasserstein_distance, ks_2samp; psi with numpy
};

std::vector<Case> cases() {
  const auto square = [](double x) { return x * x; };
  const auto tenths = [](double x) { return std::floor(x * 10) / 10; };
  const auto eighths = [](double x) { return std::floor(x * 8) / 10; };
  const auto wide = [](double x) { return x * 3 - 1; };
  const auto far = [](double x) { return x * 5 + 4; };
  return {
      {numbers(1, 500, same), numbers(2, 700, same), 0.022422946376992114, 0.06, 0.030528049033687277},
      {numbers(3, 1000, same), numbers(4, 800, square), 0.18856409685574352, 0.29475, 0.4974262456762448},
      {numbers(5, 300, tenths), numbers(6, 200, eighths), 0.10383333333333335, 0.20333333333333334,
       0.8030142966157037},
      {numbers(7, 50, wide), numbers(8, 2000, far), 6.039004947971551, 1.0, 7.4511638808608325},
      {{0.5}, {0.75}, 0.25, 1.0, 0.0},
  };
}

BinSketch sketch_of(const std::vector<double>& values, double low, double high, size_t bins) {
  BinSketch out(low, high, bins);
  for (const double value : values) out.add(value);
  return out;
}

double fullest(const BinSketch& sketch) {
  uint64_t most = 0;
  for (const uint64_t one : sketch.counts()) most = std::max(most, one);
  return static_cast<double>(most) / static_cast<double>(sketch.count());
}

}  // namespace

TEST_CASE("Distances of samples are scipy's to 1e-9") {
  for (const Case& one : cases()) {
    CHECK(std::abs(*wasserstein(one.reference, one.current) - one.wasserstein) < 1e-9);
    CHECK(std::abs(*ks(one.reference, one.current) - one.ks) < 1e-9);
    CHECK(std::abs(*psi(one.reference, one.current) - one.psi) < 1e-9);
  }
}

TEST_CASE("On sketches they stay within the bounds that the header states") {
  for (const Case& one : cases()) {
    for (const size_t bins : {20, 100, 1000}) {
      const auto reference = sketch_of(one.reference, -1, 9, bins);
      const auto current = sketch_of(one.current, -1, 9, bins);
      CHECK(std::abs(*wasserstein(reference, current) - one.wasserstein) <= reference.bin_width() + 1e-12);
      CHECK(*ks(reference, current) <= one.ks + 1e-12);
      CHECK(*ks(reference, current) >= one.ks - std::max(fullest(reference), fullest(current)) - 1e-12);
    }
  }
}

TEST_CASE("PSI of sketches is the formula over their bins, empty ones as half a value") {
  BinSketch reference(0, 1, 4), current(0, 1, 4);
  reference.add(0.1, 50);
  reference.add(0.3, 50);
  current.add(0.1, 25);
  current.add(0.6, 75);
  const double expected = (0.25 - 0.5) * std::log(0.25 / 0.5) + (0.005 - 0.5) * std::log(0.005 / 0.5) +
                          (0.75 - 0.005) * std::log(0.75 / 0.005);
  CHECK(*psi(reference, current) == doctest::Approx(expected).epsilon(1e-12));
  CHECK(*psi(reference, reference) == 0.0);
}

TEST_CASE("What cannot be compared is refused") {
  const std::vector<double> some{0.5}, none, broken{0.5, std::numeric_limits<double>::quiet_NaN()};
  CHECK_FALSE(wasserstein(none, some));
  CHECK_FALSE(ks(some, none));
  CHECK_FALSE(psi(some, broken));
  CHECK_FALSE(wasserstein(BinSketch(0, 1, 10), BinSketch(0, 1, 10)));
  auto a = sketch_of(some, 0, 1, 10), b = sketch_of(some, 0, 1, 20);
  CHECK_FALSE(ks(a, b));
  CHECK_FALSE(a.merge(b));
  a.add(std::numeric_limits<double>::quiet_NaN());
  CHECK(a.count() == 1);
}

TEST_CASE("Sketches may be merged in any order, and what came since is what is left") {
  const auto values = numbers(9, 900, same);
  BinSketch whole, first, second;
  LatencySketch all, early, late;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto us = static_cast<uint64_t>(values[i] * 1e6);
    whole.add(values[i]);
    all.add(us);
    (i < 400 ? first : second).add(values[i]);
    (i < 400 ? early : late).add(us);
  }
  BinSketch merged = second;
  REQUIRE(merged.merge(first));
  CHECK(merged == whole);
  CHECK(whole.since(first) == second);
  LatencySketch both = late;
  both.merge(early);
  CHECK(both == all);
  CHECK(all.since(early) == late);
}

TEST_CASE("Latencies keep 3 percent, and travel as pairs without loss") {
  LatencySketch sketch;
  for (uint64_t us = 1; us <= 10'000; ++us) sketch.add(us);
  for (const double p : {0.01, 0.5, 0.95, 0.99, 1.0}) {
    const double true_one = p * 10'000;
    CHECK(static_cast<double>(sketch.quantile(p)) >= true_one);
    CHECK(static_cast<double>(sketch.quantile(p)) <= true_one * 1.032);
  }
  LatencySketch again;
  for (const auto& [us, times] : sketch.pairs()) again.add(us, times);
  CHECK(again == sketch);
  CHECK(LatencySketch().quantile(0.5) == 0);
}

}  // namespace oree::monitoring

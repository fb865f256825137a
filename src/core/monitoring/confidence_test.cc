#include "core/monitoring/confidence.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

namespace oree::monitoring {

TEST_CASE("The mixture is the integral it stands for") {
  // ∫ p^k (1-p)^(n-k) p^-½ (1-p)^-½ / π dp, by the midpoint rule after p = sin² t.
  const uint64_t k = 3, n = 11;
  double integral = 0;
  constexpr int kSteps = 20'000;
  for (int i = 0; i < kSteps; ++i) {
    const double t = (i + 0.5) / kSteps * M_PI / 2;
    const double p = std::sin(t) * std::sin(t);
    integral += std::pow(p, k) * std::pow(1 - p, n - k) * 2 / M_PI * (M_PI / 2 / kSteps);
  }
  const double p0 = 0.02;
  const double ratio = integral / (std::pow(p0, k) * std::pow(1 - p0, n - k));
  CHECK_FALSE(refuted(p0, k, n, 1 / (ratio * 1.001)));
  CHECK(refuted(p0, k, n, 1 / (ratio * 0.999)));
}

TEST_CASE("Bounds hold what is not refuted, and nothing else") {
  for (const auto& [yes, all] : {std::pair{0, 5}, {5, 5}, {1, 200}, {199, 200}, {70, 1000}}) {
    const auto bounds = share_bounds(static_cast<uint64_t>(yes), static_cast<uint64_t>(all), 0.01);
    const double seen = static_cast<double>(yes) / all;
    CHECK(bounds.low <= seen);
    CHECK(bounds.high >= seen);
    const auto out = [&](double p) {
      return refuted(p, static_cast<uint64_t>(yes), static_cast<uint64_t>(all), 0.01);
    };
    if (yes > 0) CHECK(out(bounds.low - 1e-9));
    if (yes > 0) CHECK_FALSE(out(bounds.low + 1e-9));
    if (yes < all) CHECK(out(bounds.high + 1e-9));
    if (yes < all) CHECK_FALSE(out(bounds.high - 1e-9));
  }
  CHECK(share_bounds(0, 0, 0.01).low == 0);
  CHECK(share_bounds(0, 0, 0.01).high == 1);
  CHECK(refuted(0, 1, 1, 0.01));
  CHECK_FALSE(refuted(0, 0, 1000, 0.01));
}

TEST_CASE("Who looks after every answer is wrong as rarely as promised") {
  // 400 runs of 2,000 looks each; alpha 0.05 allows 20 wrong ones on average, and 40 would be 4.6 deviations
  // more.
  std::mt19937_64 random(7);
  for (const double p : {0.02, 0.3}) {
    int wrong = 0, wrong_at_fixed_size = 0;
    for (int run = 0; run < 400; ++run) {
      std::bernoulli_distribution draw(p);
      uint64_t yes = 0;
      bool was_wrong = false, fixed_was_wrong = false;
      for (uint64_t n = 1; n <= 2'000; ++n) {
        yes += draw(random) ? 1 : 0;
        was_wrong = was_wrong || refuted(p, yes, n, 0.05);
        const double deviation = std::sqrt(p * (1 - p) / static_cast<double>(n));
        const double seen = static_cast<double>(yes) / static_cast<double>(n);
        fixed_was_wrong = fixed_was_wrong || (n >= 30 && std::abs(seen - p) > 1.96 * deviation);
      }
      wrong += was_wrong ? 1 : 0;
      wrong_at_fixed_size += fixed_was_wrong ? 1 : 0;
    }
    CHECK(wrong <= 40);
    CHECK(wrong_at_fixed_size > 100);  // what all this is against
  }
}

TEST_CASE("The bounds of a quantile hold it at every look, and close in on it") {
  std::mt19937_64 random(11);
  int wrong = 0;
  for (int run = 0; run < 60; ++run) {
    std::exponential_distribution<double> draw(1.0 / 10'000);  // p95 = 29,957 µs
    LatencySketch sketch;
    bool was_wrong = false;
    for (int n = 1; n <= 3'000; ++n) {
      sketch.add(static_cast<uint64_t>(draw(random)));
      if (n % 10 != 0) continue;
      const auto bounds = quantile_bounds(sketch, 0.95, 0.05);
      was_wrong = was_wrong || bounds.low > 29'957 || static_cast<double>(bounds.high) < 29'957 / 1.032;
    }
    wrong += was_wrong ? 1 : 0;
    const auto bounds = quantile_bounds(sketch, 0.95, 0.05);
    CHECK(bounds.low > 22'000);
    CHECK(bounds.high < 40'000);
  }
  CHECK(wrong <= 10);
  CHECK(quantile_bounds({}, 0.95, 0.05).low == 0);
  CHECK(quantile_bounds({}, 0.95, 0.05).high == UINT64_MAX);
}

TEST_CASE("A distribution is never further from the truth than its radius") {
  std::mt19937_64 random(13);
  std::uniform_real_distribution<double> draw(0, 1);
  int wrong = 0;
  for (int run = 0; run < 60; ++run) {
    BinSketch sketch;
    bool was_wrong = false;
    for (uint64_t n = 1; n <= 1'000; ++n) {
      sketch.add(draw(random));
      uint64_t below = 0;
      double apart = 0;
      for (size_t bin = 0; bin < 100; ++bin) {
        below += sketch.counts()[bin];
        apart = std::max(apart, std::abs(static_cast<double>(below) / static_cast<double>(n) -
                                         static_cast<double>(bin + 1) / 100));
      }
      was_wrong = was_wrong || apart > distribution_radius(n, 0.05);
    }
    wrong += was_wrong ? 1 : 0;
  }
  CHECK(wrong <= 8);
  CHECK(distribution_radius(0, 0.05) == 1);
  CHECK(distribution_radius(100'000, 0.05) < 0.012);
}

}  // namespace oree::monitoring

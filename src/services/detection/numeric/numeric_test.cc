#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "platform/json/value.h"
#include "services/detection/drift.h"
#include "services/detection/numeric/fft.h"
#include "services/detection/numeric/statistics.h"
#include "services/detection/numeric/symmetric_eigen.h"
#include "services/detection/numeric/welch.h"
#include "services/detection/testing/files.h"

using namespace oree;
using namespace oree::detection;

namespace {

json::Value vectors() {
  auto parsed = json::parse(testing::read_text(testing::robot_example() / "parity/vectors.json"));
  REQUIRE(parsed);
  return *std::move(parsed);
}

std::vector<double> numbers(const json::Value& list) {
  std::vector<double> out;
  for (const auto& value : *list.array()) out.push_back(*value.number());
  return out;
}

// Straight from the definition.
std::vector<std::complex<double>> slow_dft(const std::vector<std::complex<double>>& x) {
  const auto n = static_cast<double>(x.size());
  std::vector<std::complex<double>> out(x.size());
  for (size_t k = 0; k < x.size(); ++k) {
    for (size_t i = 0; i < x.size(); ++i) {
      out[k] += x[i] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * i % x.size()) / n);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("QuantilesAreNumpysAndSkipNaN") {
  const double nan = std::nan("");
  const std::vector<double> values{3, nan, 1, 2, 10};
  CHECK(quantile(values, 0.5) == 2.5);
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 1) == 10);
  CHECK(quantile(values, 0.9) == doctest::Approx(7.9));
  CHECK(std::isnan(quantile(std::vector<double>{nan}, 0.5)));
}

TEST_CASE("RobustDeviationIgnoresAFewWildValues") {
  std::vector<double> values;
  for (int i = -50; i <= 50; ++i) values.push_back(i);
  const double calm = robust_deviation(values, median(values));
  CHECK(calm == doctest::Approx(1.4826 * 25));
  values[0] = 1e9;
  CHECK(robust_deviation(values, median(values)) == doctest::Approx(calm).epsilon(0.05));
}

TEST_CASE("FourierOfEveryLengthMatchesTheDefinition") {
  for (const size_t n : {1, 2, 3, 5, 8, 12, 37, 64, 101}) {
    std::vector<std::complex<double>> x(n);
    for (size_t i = 0; i < n; ++i)
      x[i] = {std::sin(static_cast<double>(i * i)), std::cos(static_cast<double>(3 * i))};
    const auto fast = fft(x), slow = slow_dft(x);
    for (size_t k = 0; k < n; ++k) CHECK(std::abs(fast[k] - slow[k]) < 1e-10);
  }
}

TEST_CASE("EigenvectorsRebuildTheMatrix") {
  constexpr size_t n = 12;
  std::vector<double> a(n * n);
  for (size_t p = 0; p < n; ++p) {
    for (size_t q = 0; q < n; ++q) a[p * n + q] = std::sin(static_cast<double>(p * q + p + q));
  }
  const Eigen eigen = symmetric_eigen(a, n);
  for (size_t p = 0; p < n; ++p) {
    for (size_t q = 0; q < n; ++q) {
      double sum = 0, dot = 0;
      for (size_t k = 0; k < n; ++k) {
        sum += eigen.values[k] * eigen.vectors[k * n + p] * eigen.vectors[k * n + q];
        dot += eigen.vectors[p * n + k] * eigen.vectors[q * n + k];
      }
      CHECK(std::abs(sum - a[p * n + q]) < 1e-10);
      CHECK(std::abs(dot - (p == q ? 1 : 0)) < 1e-10);
    }
    if (p > 0) CHECK(eigen.values[p - 1] >= eigen.values[p]);
  }
}

TEST_CASE("WelchEqualsScipysDefaults") {
  const auto all = vectors();
  for (const auto& one : *all.find("welch")->array()) {
    const auto density = numbers(*one.find("density"));
    const auto found = welch(numbers(*one.find("signal")), *one.find("rate")->number());
    REQUIRE(found);
    REQUIRE(found->density.size() == density.size());
    for (size_t k = 0; k < density.size(); ++k) {
      CHECK(std::abs(found->density[k] - density[k]) <= 1e-6 * std::max(density[k], 1e-6));
    }
  }
}

TEST_CASE("OneSecondAtAThousandHertzGives129Bins") {
  const auto found = welch(std::vector<double>(1000, 1.5), 1000);
  REQUIRE(found);
  CHECK(found->frequencies.size() == 129);
  CHECK(found->frequencies[1] == 3.90625);
  CHECK(found->frequencies.back() == 500);
  // A constant is nothing but its mean, which is taken away.
  for (const double value : log_density(*found)) CHECK(value == doctest::Approx(-10));
}

TEST_CASE("WelchRefusesWhatHasNoSpectrum") {
  CHECK(welch({}, 1000).error().kind == ErrorKind::invalid);
  CHECK(welch(std::vector<double>{1, 2}, 0).error().kind == ErrorKind::invalid);
  CHECK(welch(std::vector<double>{1, 2}, 1000, 1).error().kind == ErrorKind::invalid);
}

TEST_CASE("WassersteinEqualsScipysAndTheNormedOneIsAnother") {
  const auto all = vectors();
  const auto& drift = *all.find("drift");
  const auto reference = numbers(*drift.find("reference")), current = numbers(*drift.find("current"));
  CHECK(*wasserstein(reference, current) ==
        doctest::Approx(*drift.find("distance")->number()).epsilon(1e-12));
  CHECK(*normed_wasserstein(reference, current) ==
        doctest::Approx(*drift.find("normed")->number()).epsilon(1e-12));
}

TEST_CASE("AShiftOfAllValuesIsItsOwnDistance") {
  CHECK(*wasserstein(std::vector<double>{0, 1, 3}, std::vector<double>{5, 6, 8}) == doctest::Approx(5));
  CHECK(*wasserstein(std::vector<double>{1}, std::vector<double>{1, 1, 1}) == 0);
  CHECK(wasserstein({}, std::vector<double>{1}).error().kind == ErrorKind::invalid);
  CHECK(wasserstein(std::vector<double>{std::nan("")}, std::vector<double>{1}).error().kind ==
        ErrorKind::invalid);
}

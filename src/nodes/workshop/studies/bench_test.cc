#include "nodes/workshop/studies/bench.h"

#include <doctest/doctest.h>

#include "nodes/workshop/studies/runnable.h"

namespace oree::workshop {
namespace {

certification::Comparison between(double low, double high) {
  return {.speedup = (low + high) / 2, .speedup_low = low, .speedup_high = high};
}

}  // namespace

TEST_CASE("A percentile is said only when enough runs stand behind it") {
  std::vector<double> runs;
  for (int i = 1; i <= 43; ++i) runs.push_back(i);
  CHECK_FALSE(percentiles_of(runs).p90.has_value());
  for (int i = 44; i <= 459; ++i) runs.push_back(i);
  const Percentiles all = percentiles_of(runs);
  REQUIRE(all.p99.has_value());
  CHECK(all.p50 == 230);
  CHECK(*all.p90 == 413);
  CHECK(*all.p99 == 454);
  CHECK(all.most == 459);
  CHECK(all.mean == doctest::Approx(230));
}

TEST_CASE("Which network is faster is said only when the whole interval says so") {
  CHECK(verdict_of(between(0.4, 0.6), 0.02) == Verdict::faster);
  CHECK(verdict_of(between(1.1, 1.4), 0.02) == Verdict::slower);
  CHECK(verdict_of(between(0.99, 1.01), 0.02) == Verdict::equal);
  CHECK(verdict_of(between(0.9, 1.2), 0.02) == Verdict::undecided);
}

TEST_CASE("Inputs that nobody could hold are not made up") {
  const inference::Signature small{{{"x", tensor::DType::f32, {-1, 3}}}, {}};
  const auto made = made_up_inputs(small);
  REQUIRE(made.has_value());
  CHECK((*made)[0].shape() == tensor::Shape{1, 3});
  const inference::Signature large{{{"x", tensor::DType::f32, {1 << 20, 1 << 12}}}, {}};
  const auto refused = made_up_inputs(large);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().what.find("'x'") != std::string::npos);
}

}  // namespace oree::workshop

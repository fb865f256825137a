#include "services/jobs/anomaly_model.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

namespace oree::jobs {
namespace {

constexpr Micros kSecond = 1'000'000;

AnomalyCall call_of(AnomalyCall::Kind kind, double confidence) {
  return {.kind = kind, .confidence = confidence, .history = 120, .duration = 3600 * kSecond};
}

TEST_CASE("ASpikeIsNoDip") {
  for (const auto& [kind, up, down] : {std::tuple{AnomalyCall::Kind::spikes, true, false},
                                       {AnomalyCall::Kind::dips, false, true},
                                       {AnomalyCall::Kind::spikes_and_dips, true, true}}) {
    for (const double value : {130.0, 70.0}) {
      AnomalyModel model;
      std::mt19937 random(7);
      std::normal_distribution<double> noise(100, 2);
      const AnomalyCall call = call_of(kind, 99.9);
      int cries = 0;
      for (int i = 0; i < 200; ++i) cries += model.judge(call, i * kSecond, noise(random), 1).is_anomaly;
      CHECK(cries <= 2);
      CHECK(model.judge(call, 200 * kSecond, value, 1).is_anomaly == (value > 100 ? up : down));
    }
  }
}

// By hand: 12 zeros and 12 ones have the standard deviation 0.5, the quarters are 0 and 1, so the width is
// 1.06 · 0.5 · 24^-0.2 = 0.28070; the share above 2 is the mean of the two normal tails.
TEST_CASE("TheScoreIsTheTailOfTheKernelDensity") {
  AnomalyModel model;
  const AnomalyCall call = call_of(AnomalyCall::Kind::spikes, 95);
  for (int i = 0; i < 24; ++i) model.judge(call, i * kSecond, i % 2, 1);
  const double width = 1.06 * 0.5 * std::pow(24.0, -0.2);
  const auto tail = [&](double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); };
  CHECK(model.judge(call, 25 * kSecond, 2, 1).score ==
        doctest::Approx((tail(2 / width) + tail(1 / width)) / 2).epsilon(1e-9));
}

TEST_CASE("AChangeOfTheMeanIsFoundOnceAndThenForgotten") {
  AnomalyModel model;
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 1);
  const AnomalyCall call = call_of(AnomalyCall::Kind::change_point, 99.9);
  int before = 0, after = 0, found_at = -1;
  for (int i = 0; i < 400; ++i) {
    const bool cry = model.judge(call, i * kSecond, noise(random) + (i >= 200 ? 4 : 0), 1).is_anomaly;
    if (i < 200) before += cry;
    if (i >= 200 && cry && found_at < 0) found_at = i;
    if (i > 220) after += cry;
  }
  CHECK(before == 0);
  CHECK(found_at >= 200);
  CHECK(found_at < 220);
  CHECK(after == 0);
}

TEST_CASE("WhatIsTooOldOrTooMuchIsForgotten") {
  AnomalyModel model;
  AnomalyCall call = call_of(AnomalyCall::Kind::spikes, 95);
  call.history = 20;
  for (uint64_t i = 1; i <= 100; ++i) model.judge(call, static_cast<Micros>(i) * kSecond, 1, i);
  CHECK(model.oldest() == 81);
  model.judge(call, 10'000 * kSecond, 1, 101);
  CHECK(model.oldest() == 101);
  CHECK(model.judge(call, 10'001 * kSecond, 50, 102).score == 0.5);  // too little to say
  CHECK(print(AnomalyModel::Verdict{0.25, true}) == "{\"Score\":0.25,\"IsAnomaly\":1}");
}

}  // namespace
}  // namespace oree::jobs

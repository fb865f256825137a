#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "services/detection/detector.h"
#include "services/detection/detectors/adaptive_window.h"
#include "services/detection/detectors/isolation_forest.h"
#include "services/detection/numeric/statistics.h"
#include "services/detection/windows.h"

using namespace oree;
using namespace oree::detection;

namespace {

// Three columns, the third following the first; from `shift_at` on the second one is higher by `shift`.
struct Bench {
  std::vector<double> values;
  Rows rows() const { return {values, 3}; }
};
Bench bench(size_t count, size_t shift_at = SIZE_MAX, double shift = 0, uint32_t seed = 1) {
  std::mt19937 random(seed);
  const auto noise = [&] { return static_cast<double>(random() % 2001) / 1000.0 - 1; };
  Bench out;
  for (size_t i = 0; i < count; ++i) {
    const double a = noise();
    out.values.insert(out.values.end(),
                      {100 + 5 * a, 0.3 + 0.01 * noise() + (i >= shift_at ? shift : 0), a + 0.1 * noise()});
  }
  return out;
}

std::unique_ptr<Detector> fitted(std::string_view name, const Bench& healthy) {
  auto detector = make_detector(name);
  REQUIRE(detector);
  REQUIRE((*detector)->fit(healthy.rows()));
  return *std::move(detector);
}

double share_above(const Detector& detector, std::span<const double> scores) {
  const auto above = std::ranges::count_if(scores, [&](double s) { return s > detector.threshold(); });
  return static_cast<double>(above) / static_cast<double>(scores.size());
}

}  // namespace

TEST_CASE("EveryDetectorSeesAShiftAndBlamesItsColumn") {
  const Bench healthy = bench(2000), sick = bench(1000, 400, 0.1, 2);
  for (const auto& facts : detectors()) {
    if (facts.name == "pca_q") continue;  // a shift along a known direction is not its business
    CAPTURE(std::string(facts.name));
    const auto detector = fitted(facts.name, healthy);
    std::vector<double> scores(1000);
    REQUIRE(detector->score(sick.rows(), scores));
    const std::span all(scores);
    CHECK(share_above(*detector, all.subspan(100, 300)) < 0.1);
    if (facts.marks_changes) {
      CHECK(share_above(*detector, all.subspan(400, 60)) > 0);
    } else if (facts.name.starts_with("isolation_forest")) {
      CHECK(mean(all.subspan(500)) >
            1.05 * mean(all.subspan(100, 300)));  // trees see it, faintly: one column of three
    } else {
      CHECK(share_above(*detector, all.subspan(500)) > 0.9);
    }
    // 30 rows into the shift, where those that forget still remember.
    const auto judged = detector->judge(sick.rows().part(0, 430));
    REQUIRE(judged);
    const auto& blame = judged->contributions;
    REQUIRE(blame.size() == 3);
    if (facts.marks_changes) continue;
    CHECK(std::ranges::max_element(blame) - blame.begin() == 1);
    CHECK(blame[0] + blame[1] + blame[2] == doctest::Approx(1));
  }
}

TEST_CASE("QSeesColumnsThatNoLongerFollowEachOther") {
  const Bench healthy = bench(2000);
  Bench sick = bench(500, SIZE_MAX, 0, 2);
  for (size_t i = 2; i < sick.values.size(); i += 3) sick.values[i] = -sick.values[i];
  const auto detector = fitted("pca_q", healthy);
  std::vector<double> scores(500);
  REQUIRE(detector->score(sick.rows(), scores));
  CHECK(share_above(*detector, scores) > 0.7);
  CHECK(detector->judge(sick.rows().part(0, 3))->contributions[1] < 0.1);
}

TEST_CASE("JudgingTheLastRowsAgreesWithScoringThemAll") {
  const Bench healthy = bench(2000), sick = bench(700, 400, 0.1, 2);
  for (const auto& facts : detectors()) {
    CAPTURE(std::string(facts.name));
    const auto detector = fitted(facts.name, healthy);
    if (detector->window() > 60) continue;  // those that remember everything replay what they are given
    std::vector<double> scores(700);
    REQUIRE(detector->score(sick.rows(), scores));
    const auto judged = detector->judge(sick.rows());
    REQUIRE(judged);
    CHECK(judged->score == doctest::Approx(scores.back()).epsilon(0.02));
    CHECK(judged->threshold == detector->threshold());
    CHECK(judged->is_anomaly == (judged->score > judged->threshold));
  }
}

TEST_CASE("TheSameRowsGiveTheSameScoresAgain") {
  const Bench healthy = bench(500), sick = bench(300, 100, 0.1, 2);
  for (const auto& facts : detectors()) {
    CAPTURE(std::string(facts.name));
    const auto one = fitted(facts.name, healthy), two = fitted(facts.name, healthy);
    std::vector<double> a(300), b(300);
    REQUIRE(one->score(sick.rows(), a));
    REQUIRE(two->score(sick.rows(), b));
    for (size_t i = 0; i < a.size(); ++i) CHECK((a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))));
  }
}

TEST_CASE("ADropOutIsNotAnAnomalyAndAColumnThatNeverMovedMayStartTo") {
  Bench healthy = bench(500);
  for (size_t i = 1; i < healthy.values.size(); i += 3) healthy.values[i] = 7;
  Bench now = healthy;
  now.values[1] = now.values[4] = std::nan("");
  const auto detector = fitted("ewma", healthy);
  std::vector<double> scores(500);
  REQUIRE(detector->score(now.rows(), scores));
  CHECK(share_above(*detector, scores) == 0);
  for (size_t i = 1; i < now.values.size(); i += 3) now.values[i] = 7.1;
  REQUIRE(detector->score(now.rows(), scores));
  CHECK(share_above(*detector, scores) > 0.9);
}

TEST_CASE("WhatCannotBeLearnedOrJudgedIsRefusedWithASentence") {
  auto detector = *make_detector("pca_window");
  const Bench few = bench(40), other = bench(1000);
  CHECK(detector->judge(few.rows()).error().what == "detector 'pca_window' has not learned yet");
  CHECK(detector->fit(few.rows()).error().what.find("got 40") != std::string::npos);
  REQUIRE(detector->fit(other.rows()));
  CHECK(detector->judge({std::span(few.values).first(40), 2}).error().what ==
        "detector 'pca_window' learned 3 columns, got 2");
  CHECK(detector->judge(few.rows()).error().what.find("judges 60 rows") != std::string::npos);
  Bench empty = bench(100);
  for (size_t i = 2; i < empty.values.size(); i += 3) empty.values[i] = std::nan("");
  CHECK((*make_detector("ewma"))->fit(empty.rows()).error().what ==
        "detector 'ewma': column 3 has no value at all");
  CHECK(make_detector("ewna").error().what.find("did you mean 'ewma'") != std::string::npos);
}

TEST_CASE("AFailedFitKeepsNothingHalfDone") {
  auto detector = *make_detector("ewma");
  REQUIRE(detector->fit(bench(200).rows()));
  const double before = detector->threshold();
  CHECK_FALSE(detector->fit(bench(3).rows()));
  CHECK(detector->threshold() == before);
  CHECK(detector->judge(bench(100).rows()));
}

TEST_CASE("AnotherSeedGrowsOtherTrees") {
  const Bench healthy = bench(500), sick = bench(50, 0, 0.1, 3);
  std::vector<double> a(50), b(50);
  for (auto* scores : {&a, &b}) {
    auto forest = make_isolation_forest("forest", {.seed = scores == &a ? 1u : 2u});
    REQUIRE(forest->fit(healthy.rows()));
    REQUIRE(forest->score(sick.rows(), *scores));
    for (const double s : *scores) CHECK((s > 0 && s < 1));
  }
  CHECK(a != b);
}

TEST_CASE("AnAdaptiveWindowForgetsWhatWasBeforeTheChange") {
  AdaptiveWindow window(0.002);
  std::mt19937 random(4);
  const auto noise = [&] { return static_cast<double>(random() % 2001) / 1000.0 - 1; };
  for (int i = 0; i < 2000; ++i) CHECK(window.step(noise()) <= 1);
  CHECK(window.length() == 2000);
  for (int i = 0; i < 500; ++i) window.step(noise() + 3);
  CHECK(window.length() < 600);
  CHECK(window.mean() == doctest::Approx(3).epsilon(0.05));
}

TEST_CASE("ManyMachinesAreJudgedEachForItself") {
  const Bench healthy = bench(500), sick = bench(100, 0, 0.1, 2), short_one = bench(100);
  const auto detector = fitted("ewma", healthy);
  const Rows machines[] = {healthy.rows(), sick.rows(), {short_one.values, 2}};
  const auto judged = detector->judge_each(machines);
  REQUIRE(judged.size() == 3);
  CHECK_FALSE(judged[0]->is_anomaly);
  CHECK(judged[1]->is_anomaly);
  CHECK_FALSE(judged[2]);
}

TEST_CASE("WindowsBeginWhereTheRuleSays") {
  CHECK(window_starts(WindowRule::natural, 59).empty());
  CHECK(window_starts(WindowRule::natural, 61) == std::vector<size_t>{0, 1});
  CHECK(window_starts(WindowRule::brief, 61).empty());
  CHECK(window_starts(WindowRule::brief, 63) == std::vector<size_t>{2, 3});
}

#include <doctest/doctest.h>

#include <cmath>

#include "services/detection/scores/nab_score.h"
#include "services/detection/scores/point_scores.h"
#include "services/detection/scores/vus.h"

using namespace oree;
using namespace oree::detection;

namespace {

// 300 scores, of which 60 to 74 and 200 to 202 are anomalies.
const std::vector<double> kScores{
    2.04,  -2.56, 0.42,  -0.57, -0.45, -0.22, -2.02, -0.23, -0.87, 3.32,  0.23,  -0.35, -0.28, -0.67, -1.06,
    -0.39, 0.48,  -0.24, 0.96,  -0.2,  0.02,  1.55,  0.55,  -0.51, -0.18, 0.54,  1.94,  -0.27, -0.24, 1.0,
    -0.89, -0.29, 0.88,  0.58,  0.09,  0.67,  -2.83, 1.02,  -0.96, -1.67, 0.28,  0.7,   -0.44, -1.08, 0.03,
    -0.05, 1.41,  0.75,  0.19,  1.11,  -0.21, -0.93, 0.58,  0.58,  -0.21, -0.78, 0.23,  -2.49, 0.69,  0.49,
    -1.64, 0.06,  1.04,  2.76,  -0.03, 1.09,  2.71,  3.16,  -0.16, 1.5,   2.33,  1.39,  3.59,  0.81,  2.35,
    0.95,  3.41,  1.98,  1.63,  0.28,  1.68,  0.75,  0.75,  1.14,  0.35,  -0.64, -0.8,  -0.8,  1.37,  -1.46,
    -0.6,  -0.32, 0.22,  0.58,  -1.25, -1.73, -0.0,  1.21,  0.76,  0.22,  -0.32, 0.29,  -0.24, 0.82,  -0.79,
    0.13,  -0.11, 0.54,  0.22,  2.55,  1.5,   1.5,   -2.04, -0.34, -0.61, 0.53,  -2.28, 1.17,  1.07,  -1.3,
    -0.98, -0.8,  0.04,  0.64,  2.05,  -0.2,  0.77,  0.16,  1.76,  0.74,  1.37,  -1.08, -0.19, -0.81, 1.5,
    0.66,  -0.31, -0.45, 0.48,  -0.7,  -0.93, 0.48,  2.46,  -0.25, -0.56, -1.17, -1.34, 0.52,  0.85,  0.01,
    0.33,  0.12,  0.14,  -1.53, -0.46, 0.11,  -0.78, -0.48, -0.82, -0.33, 0.85,  -0.41, -0.15, 0.81,  0.64,
    1.7,   -2.09, 0.86,  -0.48, 0.13,  0.84,  1.08,  1.04,  0.16,  1.61,  -0.28, -0.14, 0.8,   -0.55, 2.16,
    1.02,  2.18,  -0.03, -0.38, 0.17,  0.73,  -0.59, 0.38,  -0.02, 1.62,  -0.66, 1.05,  -0.64, -0.96, -0.71,
    0.31,  1.65,  2.53,  1.66,  2.12,  3.13,  0.27,  0.2,   -0.28, -1.61, 0.76,  -1.76, 0.65,  -0.01, 1.13,
    -0.07, -0.82, 0.36,  -0.56, -0.18, 0.04,  -0.13, -0.19, -0.83, -0.19, -2.14, -0.16, -1.2,  1.12,  1.27,
    -1.95, 0.14,  -0.13, -1.05, 0.53,  -0.46, -1.77, -0.27, -0.15, 0.11,  -1.23, 0.62,  0.74,  -1.15, -0.66,
    -0.08, -0.57, 1.74,  0.21,  -1.01, -0.79, -0.06, 2.3,   -0.18, 0.13,  0.51,  -0.04, 2.28,  -0.53, 0.74,
    0.16,  0.62,  -1.18, 1.77,  -0.12, 0.03,  -0.93, -0.73, 0.56,  0.99,  0.75,  1.21,  0.71,  0.03,  0.84,
    0.59,  -0.1,  0.73,  1.29,  0.23,  -0.36, 0.72,  1.9,   -0.21, -0.09, -0.14, 1.22,  -1.84, 0.37,  1.19,
    -0.81, 1.49,  0.54,  -0.55, 0.2,   -1.53, -0.57, 1.83,  -0.89, 1.84,  -0.08, 0.99,  0.04,  -2.24, -0.57,
};

std::vector<uint8_t> labels_of_scores() {
  std::vector<uint8_t> labels(kScores.size(), 0);
  for (size_t i = 60; i < 75; ++i) labels[i] = 1;
  for (size_t i = 200; i < 203; ++i) labels[i] = 1;
  return labels;
}

std::vector<uint8_t> flags_at(size_t rows, std::initializer_list<size_t> places) {
  std::vector<uint8_t> flags(rows, 0);
  for (const size_t place : places) flags[place] = 1;
  return flags;
}

double nab(std::initializer_list<size_t> alarms) {
  const RowSpan windows[] = {{40, 59}, {80, 89}};
  return nab_score(nab_sum(flags_at(200, alarms), windows, 30));
}

}  // namespace

TEST_CASE("AlarmsAreCountedAsSkabDoes") {
  const std::vector<uint8_t> labels{0, 0, 1, 1, 1, 0};
  const std::vector<double> scores{0, 2, 2, std::nan(""), 2, 1};
  const Confusion c = count_alarms(labels, scores, 1);
  CHECK(c.true_alarms == 2);
  CHECK(c.false_alarms == 1);
  CHECK(c.missed == 1);
  CHECK(c.quiet == 2);
  CHECK(f1(c) == doctest::Approx(2.0 / 3));
  CHECK(false_alarm_rate(c) == doctest::Approx(100.0 / 3));
  CHECK(missed_alarm_rate(c) == doctest::Approx(100.0 / 3));
  CHECK(std::isnan(missed_alarm_rate(count_alarms(std::vector<uint8_t>{0}, std::vector<double>{1}, 0))));
}

TEST_CASE("SpansHoldBothEnds") {
  const std::vector<uint8_t> labels{1, 1, 0, 1, 0, 0, 1};
  CHECK(spans_of(labels) == std::vector<RowSpan>{{0, 1}, {3, 3}, {6, 6}});
}

TEST_CASE("NabGivesNothingToSilenceAndAHundredToTheFirstRows") {
  CHECK(nab({}) == doctest::Approx(0));
  CHECK(nab({40, 80}) == doctest::Approx(100));
}

TEST_CASE("NabCountsTheEarliestAlarmOfAWindowOnly") {
  CHECK(nab({40, 45, 59, 80}) == doctest::Approx(100));
  // At the middle of the first window the place is -0.5: (2 / (1 + e^-2.5) - 1) / (2 / (1 + e^-5) - 1) =
  // 0.8597.
  const double half = (2 / (1 + std::exp(-2.5)) - 1) / (2 / (1 + std::exp(-5.0)) - 1);
  CHECK(nab({50, 80}) == doctest::Approx(100 * (half + 1 + 2) / 4));
}

TEST_CASE("NabTakesElevenHundredthsForAFalseAlarmFarFromAnyWindow") {
  CHECK(nab({35, 40, 80}) == doctest::Approx(100 * (2 - 0.11 + 2) / 4));
  CHECK(nab({40, 80, 190}) == doctest::Approx(100 * (2 - 0.11 + 2) / 4));
}

TEST_CASE("NabTakesLessForAnAlarmJustBehindAWindow") {
  // One row behind a window of 20: place 1/19.
  const double part = 2 / (1 + std::exp(5.0 / 19)) - 1;
  CHECK(nab({40, 60, 80}) == doctest::Approx(100 * (2 + 0.11 * part + 2) / 4));
}

TEST_CASE("NabDoesNotLookAtTheProbationaryPeriod") {
  CHECK(nab({0, 10, 29, 40, 80}) == doctest::Approx(100));
  CHECK(nab_probation(1000) == 150);
  CHECK(nab_probation(22'695) == 750);
}

TEST_CASE("VusPrEqualsItsAuthorsProgram") {
  // TSB_AD 1.5, RangeAUC_volume_opt with 250 thresholds.
  const auto labels = labels_of_scores();
  CHECK(vus_pr(labels, kScores, 0) == doctest::Approx(0.3297713787308062).epsilon(1e-9));
  CHECK(vus_pr(labels, kScores, 10) == doctest::Approx(0.4414374822359683).epsilon(1e-9));
  CHECK(vus_pr(labels, kScores, 40) == doctest::Approx(0.5532530119248141).epsilon(1e-9));
}

TEST_CASE("VusPrIsHighForAPerfectScoreAndUndefinedWithoutAnomalies") {
  const auto labels = labels_of_scores();
  const std::vector<double> perfect(labels.begin(), labels.end());
  CHECK(vus_pr(labels, perfect, 0) == doctest::Approx(1));
  CHECK(std::isnan(vus_pr(std::vector<uint8_t>(300, 0), kScores, 10)));
}

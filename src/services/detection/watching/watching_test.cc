#include <doctest/doctest.h>

#include <cmath>

#include "services/detection/watching/watch.h"

namespace oree::detection {
namespace {

using std::chrono::seconds;

Score score(int second, double value) {
  return {WallTime(seconds(second)), value, 1.0, {{"friction", 0.62}, {"heat", 0.3}, {"speed", 0.08}}};
}

TEST_CASE("AnAnomalyBeginsAfterThreeWindowsAboveAndEndsAfterFiveBelow") {
  AnomalyTracker tracker("r1", "ewma");
  int now = 0;
  CHECK_FALSE(tracker.note(score(++now, 2)));
  CHECK_FALSE(tracker.note(score(++now, 0.5)));
  CHECK_FALSE(tracker.note(score(++now, 2)));
  CHECK_FALSE(tracker.note(score(++now, 3)));
  CHECK_FALSE(tracker.note({WallTime(seconds(now)), NAN, 1, {}}));
  const auto begun = tracker.note(score(++now, 2));
  REQUIRE(begun);
  CHECK(begun->from == WallTime(seconds(3)));
  CHECK(begun->score == 3);
  CHECK(sentence(*begun) == "r1: friction (62 %) and heat (30 %) are unlike what they were in health");
  CHECK(parse_anomaly(anomaly_json(*begun))->id == begun->id);
  for (int i = 0; i < 4; ++i) CHECK_FALSE(tracker.note(score(++now, 0)));
  CHECK(tracker.note(score(++now, 9))->score == 9);
  for (int i = 0; i < 4; ++i) CHECK_FALSE(tracker.note(score(++now, 0)));
  const auto over = tracker.note(score(++now, 0));
  REQUIRE(over);
  CHECK(over->over);
  CHECK(over->id == begun->id);
  CHECK_FALSE(tracker.open());
}

class SilentLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

// Says what the newest row says: a score of its one value, with a threshold of 10.
class Echo final : public Detector {
 public:
  std::string_view name() const override { return "echo"; }
  size_t window() const override { return 2; }
  double threshold() const override { return 10; }
  Status fit(const Rows& healthy) override {
    learnt = healthy.count();
    return {};
  }
  Status score(const Rows&, std::span<double>) const override { return {}; }
  Result<Judgement> judge(const Rows& rows) const override {
    const double value = rows.row(rows.count() - 1)[0];
    return Judgement{value, 10, value > 10, {1}};
  }
  size_t learnt = 0;
};

TEST_CASE("AWatchLearnsFirstThenJudgesEachCompleteRow") {
  SilentLog log;
  auto echo = std::make_shared<Echo>();
  std::vector<double> shares, scores;
  std::vector<Anomaly> anomalies;
  Watch watch({.name = "w", .kind = "echo", .machines = "press*", .learn = seconds(60)},
              {.make = [&]() -> Result<std::shared_ptr<Detector>> { return echo; },
               .on_learning = [&](const std::string&, double share) { shares.push_back(share); },
               .on_score = [&](const std::string&, const Score& score) { scores.push_back(score.value); },
               .on_anomaly = [&](const Anomaly& anomaly, const Trace&) { anomalies.push_back(anomaly); },
               .log = log});
  const auto say = [&](int second, double value) {
    watch.note({{"press-1", "heat", WallTime(seconds(second)), value},
                {"other", "heat", WallTime(seconds(second)), 99}});
  };
  for (int second = 1; second <= 60; ++second) say(second, 5);
  CHECK(echo->learnt == 0);
  REQUIRE_FALSE(shares.empty());
  CHECK(shares.back() == doctest::Approx(59.0 / 60));
  for (int second = 61; second <= 70; ++second) say(second, second >= 65 ? 20 : 6);
  CHECK(echo->learnt == 60);
  CHECK(scores == std::vector<double>{5, 6, 6, 6, 6, 20, 20, 20, 20, 20});
  REQUIRE_FALSE(anomalies.empty());
  CHECK(anomalies.front().from == WallTime(seconds(66)));
  CHECK(anomalies.front().machine == "press-1");
  CHECK(anomalies.front().contributions == Contributions{{"heat", 1.0}});
}

}  // namespace
}  // namespace oree::detection

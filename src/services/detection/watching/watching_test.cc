#include <doctest/doctest.h>

#include <cmath>

#include "services/detection/watching/learnt_store.h"
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
  Learnt kept;
  Watch watch({.name = "w", .kind = "echo", .machines = "press*", .learn = seconds(60)},
              {.make = [&]() -> Result<std::shared_ptr<Detector>> { return echo; },
               .on_learning = [&](const std::string&, double share) { shares.push_back(share); },
               .on_score = [&](const std::string&, const Score& score) { scores.push_back(score.value); },
               .on_anomaly = [&](const Anomaly& anomaly, const Trace&) { anomalies.push_back(anomaly); },
               .recall = {},
               .remember = [&](const std::string&, const Learnt& learnt) { kept = learnt; },
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
  CHECK(kept.columns == std::vector<std::string>{"heat"});
  CHECK(kept.values == std::vector<double>(60, 5.0));
}

TEST_CASE("WhatWasLearntBeforeARestartIsNotLearntAgain") {
  SilentLog log;
  const auto watch_with = [&](std::optional<Learnt> known, std::vector<double>& scores) {
    return Watch({.name = "w", .kind = "ewma", .machines = "*", .learn = seconds(60)},
                 {.make = []() -> Result<std::shared_ptr<Detector>> { return *make_detector("ewma"); },
                  .on_learning = [](const std::string&, double) {},
                  .on_score = [&](const std::string&, const Score& score) { scores.push_back(score.value); },
                  .on_anomaly = [](const Anomaly&, const Trace&) {},
                  .recall = [known](const std::string&) { return known; },
                  .remember = {},
                  .log = log});
  };
  Learnt learnt{{"b", "a"}, {}};
  for (int i = 0; i < 60; ++i) learnt.values.insert(learnt.values.end(), {i % 7 + 0.0, 100 + i % 5 + 0.0});
  std::vector<double> scores;
  Watch watch = watch_with(learnt, scores);
  // The sensors speak in another order than when they were learnt.
  for (int second = 1; second <= 60; ++second)
    watch.note({{"m", "a", WallTime(seconds(second)), 102.0}, {"m", "b", WallTime(seconds(second)), 3.0}});
  REQUIRE(scores.size() >= 10);
  CHECK(scores.back() < 1);
  std::vector<double> none;
  Watch broken = watch_with(Learnt{{"a"}, {1, 2}}, none);  // too few rows
  broken.note({{"m", "a", WallTime(seconds(1)), 1.0}});
  CHECK(none.empty());
}

TEST_CASE("WhatWasLearntIsKeptForItsSettingOnlyToTheBit") {
  auto store = LearntStore::open(":memory:");
  REQUIRE(store);
  const WatchSetting setting{.name = "w", .kind = "ewma"};
  const Learnt learnt{{"a", "b"}, {0.1, NAN, 1.0 / 3, -1e300}};
  REQUIRE((*store)->put(setting, "m", learnt));
  const auto found = (*store)->find(setting, "m");
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->columns == learnt.columns);
  CHECK((*found)->values[0] == 0.1);
  CHECK(std::isnan((*found)->values[1]));
  CHECK((*found)->values[2] == 1.0 / 3);
  CHECK((*found)->values[3] == -1e300);
  CHECK_FALSE(*(*store)->find({.name = "w", .kind = "pca"}, "m"));
  CHECK_FALSE(*(*store)->find(setting, "other"));
  for (const char* text :
       {R"({"columns":["a"],"rows":[[1,2]]})", R"({"columns":["a"],"rows":[["x"]]})", "{}"})
    CHECK(parse_learnt(*json::parse(text)).error().kind == ErrorKind::corrupt);
}

}  // namespace
}  // namespace oree::detection

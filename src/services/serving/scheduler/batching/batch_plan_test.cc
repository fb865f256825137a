#include "services/serving/scheduler/batching/batch_plan.h"

#include <doctest/doctest.h>

#include <deque>

namespace oree::serving {
namespace {

using std::chrono::nanoseconds;

struct Quiet final : inference::Call {
  void finished(Status) override {}
};

constexpr MonoTime at(int64_t us) {
  return MonoTime(microseconds(us));
}

// Learned from runs that take `fixed` µs, and `each` µs for every row.
BatchProfile profile_of(uint64_t largest, int64_t fixed, int64_t each) {
  BatchProfile profile(largest);
  for (uint64_t rows = 1; rows <= largest; rows *= 2) {
    for (int i = 0; i < 4; ++i)
      profile.observe(rows, microseconds(fixed + each * static_cast<int64_t>(rows)));
  }
  return profile;
}

struct Line {
  // Calls with these rows, one µs after the other.
  explicit Line(std::initializer_list<uint64_t> rows) {
    int64_t now = 0;
    for (const uint64_t count : rows) {
      Quiet& call = calls.emplace_back();
      REQUIRE(line.push({.call = &call, .rows = count, .since = at(now)}, at(now)));
      ++now;
    }
  }
  std::deque<Quiet> calls;
  WaitingLine line;
};

}  // namespace

TEST_CASE("Batches are merged as far as the measured times say that rows per second rise") {
  struct Row {
    int64_t fixed, each;
    uint64_t available, expected;
  };
  for (const Row& row : {
           Row{50, 1, 8, 8},   // all overhead: everything together
           Row{50, 1, 5, 5},   //
           Row{0, 100, 8, 1},  // a convolution: nothing gained
           Row{1, 100, 8, 1},  // hardly anything gained
       }) {
    BatchProfile profile = profile_of(8, row.fixed, row.each);
    CHECK(profile.choose(row.available) == row.expected);
  }
}

TEST_CASE("A size that is not known is tried only after the one below it paid") {
  BatchProfile profile(64);
  CHECK(profile.choose(64) == 1);
  for (int i = 0; i < 3; ++i) profile.observe(1, microseconds(10));
  CHECK(profile.choose(64) == 3);
  SUBCASE("it paid") {
    for (int i = 0; i < 3; ++i) profile.observe(3, microseconds(12));
    CHECK(profile.choose(64) == 7);
  }
  SUBCASE("it did not") {
    for (int i = 0; i < 3; ++i) profile.observe(3, microseconds(33));
    CHECK(profile.choose(64) == 1);
    CHECK(!profile.pays());
  }
}

TEST_CASE("One hiccup of the machine changes nothing; a lasting change is followed") {
  BatchProfile profile = profile_of(8, 50, 1);
  profile.observe(8, microseconds(50'000));
  CHECK(profile.best() == 8);
  for (int i = 0; i < 100; ++i) profile.observe(8, microseconds(2'000));
  CHECK(profile.best() < 8);
}

TEST_CASE("A batch is whole calls from the front, never larger than the model's largest") {
  const BatchLimits limits{8, {}, nanoseconds(0)};
  BatchProfile profile = profile_of(8, 50, 1);
  const Line line{3, 3, 3, 1};
  const BatchPlan plan = plan_batch(line.line, limits, profile, at(10));
  CHECK(plan.calls == 2);
  CHECK(plan.rows == 6);
}

TEST_CASE("Calls of other shapes are not merged") {
  const std::vector<int64_t> two{1, 2}, three{1, 3};
  Line line{1, 1, 1};
  WaitingLine varied;
  for (size_t i = 0; i < 3; ++i) {
    line.calls[i].inputs.push_back({"A", tensor::DType::i32, i < 2 ? two : three, {}});
    REQUIRE(varied.push({.call = &line.calls[i], .shapes_vary = true}, at(0)));
  }
  BatchProfile profile = profile_of(8, 50, 1);
  CHECK(plan_batch(varied, {8, {}, nanoseconds(0)}, profile, at(10)).calls == 2);
}

TEST_CASE("A delay is waited for unless the batch is full, of a preferred size, or near a deadline") {
  const BatchLimits limits{8, {4}, microseconds(100)};
  BatchProfile profile = profile_of(8, 50, 1);
  CHECK(plan_batch(Line{1, 1}.line, limits, profile, at(50)).look_again == at(100));
  CHECK(plan_batch(Line{1, 1}.line, limits, profile, at(50)).calls == 0);
  CHECK(plan_batch(Line{1, 1}.line, limits, profile, at(100)).calls == 2);
  CHECK(plan_batch(Line{1, 1, 1, 1}.line, limits, profile, at(50)).calls == 4);
  CHECK(plan_batch(Line{4, 4}.line, limits, profile, at(50)).calls == 1);
  CHECK(plan_batch(Line{5, 3}.line, limits, profile, at(50)).calls == 1);
  CHECK(plan_batch(Line{1, 1, 1, 1, 1}.line, limits, profile, at(100)).calls == 4);

  Quiet call;
  WaitingLine hurried;
  REQUIRE(hurried.push({.call = &call, .since = at(0), .deadline = at(80)}, at(0)));
  CHECK(plan_batch(hurried, limits, profile, at(10)).look_again == at(30));
  CHECK(plan_batch(hurried, limits, profile, at(31)).calls == 1);
}

TEST_CASE("Where batches do not pay nobody waits for company") {
  const BatchLimits limits{8, {}, microseconds(100)};
  BatchProfile profile = profile_of(8, 0, 100);
  const BatchPlan plan = plan_batch(Line{1, 1, 1}.line, limits, profile, at(5));
  CHECK(plan.calls == 1);
}

TEST_CASE("Calls are queued while others come meanwhile, and run directly when none do") {
  Gathering gathering;
  int looks = 0;
  for (int i = 0; i < 640; ++i) looks += gathering.wanted();
  CHECK(looks == 10);
  for (int i = 0; i < 10; ++i) gathering.observe_run(8);
  CHECK(gathering.wanted());
  for (int i = 0; i < 40; ++i) gathering.observe_run(1);
  CHECK(!gathering.wanted());
}

}  // namespace oree::serving

// A short version of bench/fleet: 24 bad releases and 10 good ones on a simulated fleet of 1,000.
#include <doctest/doctest.h>

#include "services/rollouts/testing/policies.h"

namespace oree::rollouts::testing {

const auto kOurs = [](WallTime now) { return ours(bench_plan(), now); };

TEST_CASE("A bad release stays on one station in a hundred, and leaves it again") {
  for (uint64_t seed = 1; seed <= 24; ++seed) {
    const Flaw flaw = kFlaws[seed % std::size(kFlaws)];
    const Outcome bad = play(1'000, draw_release(flaw, seed), seed, kOurs, std::chrono::minutes(10));
    CAPTURE(seed);
    CAPTURE(flaw_name(flaw));
    CAPTURE(bad.reason);
    CHECK(bad.ending == Ending::stopped);
    CHECK(bad.ever_on_new <= 10);
    CHECK(bad.on_new_at_end == 0);
  }
}

TEST_CASE("A good release arrives, in spite of outages, full disks and power cuts") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Outcome good = play(1'000, draw_release(Flaw::none, seed), seed, kOurs, std::chrono::minutes(10));
    CAPTURE(seed);
    CAPTURE(good.reason);
    CHECK(good.ending == Ending::done);
    CHECK(good.on_new_at_end > 900);
  }
}

TEST_CASE("The same seed is the same story") {
  const auto once = [] {
    return play(200, draw_release(Flaw::brick, 5), 5, kOurs, std::chrono::minutes(10));
  };
  const Outcome first = once(), second = once();
  CHECK(first.reason == second.reason);
  CHECK(first.hours_to_ending == second.hours_to_ending);
  CHECK(first.ever_on_new == second.ever_on_new);
}

}  // namespace oree::rollouts::testing

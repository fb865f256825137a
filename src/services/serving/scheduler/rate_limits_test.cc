#include "services/serving/scheduler/rate_limits.h"

#include <doctest/doctest.h>

#include <deque>

#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {

using modelconfig::Resource;
using testing::SumCall;
using testing::SumModel;

TEST_CASE("There is as much of a resource as the greediest claim, or as the node says") {
  SystemClock clock;
  Workers workers{clock};
  const std::vector<Resource> one{{.name = "R", .count = 1}}, three{{.name = "R", .count = 3}};
  SUBCASE("by claims") {
    RateLimits limits(workers);
    REQUIRE(limits.claim(one));
    CHECK(limits.take(one, nullptr, 0));
    CHECK(!limits.take(one, nullptr, 0));
    REQUIRE(limits.claim(three));
    CHECK(limits.take(one, nullptr, 0));
    CHECK(!limits.take(three, nullptr, 0));
    limits.give(one);
    limits.give(one);
    CHECK(limits.take(three, nullptr, 0));
    limits.unclaim(three);
    limits.give(three);
    CHECK(limits.take(one, nullptr, 0));
    CHECK(!limits.take(one, nullptr, 0));
    limits.unclaim(one);
  }
  SUBCASE("by the node") {
    RateLimits limits(workers, {{"R", 2}});
    CHECK(limits.claim(one));
    CHECK(limits.claim(three).error().what == "a run takes 3 of resource 'R', of which there are 2");
    limits.unclaim(one);
  }
}

TEST_CASE("Models that share a resource take turns, and all calls are answered") {
  SystemClock clock;
  Workers workers{clock};
  RateLimits limits(workers);
  std::atomic<int> running{0}, most{0};
  const auto network = std::make_shared<SumModel>();
  network->work = [&](int64_t) {
    const int now = ++running;
    int seen = most.load();
    while (seen < now && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::yield();
    --running;
  };
  SchedulerSettings settings;
  settings.instances = 2;
  settings.resources = {{.name = "R", .count = 1}};
  std::vector<std::shared_ptr<Scheduled>> models;
  for (uint32_t priority : {1, 2}) {
    settings.run_priority = priority;
    auto made = schedule({testing::sum_description(8), "{}", settings, {network}},
                         {.workers = workers, .clock = clock, .rates = &limits});
    REQUIRE(made);
    models.push_back(*made);
  }
  most = 0;
  std::deque<SumCall> calls;
  for (int i = 0; i < 200; ++i) {
    calls.emplace_back(i).may_run_here = i % 3 == 0;
    models[static_cast<size_t>(i % 2)]->start(calls.back());
  }
  for (SumCall& call : calls) CHECK(call.wait());
  CHECK(most == 1);
}

}  // namespace oree::serving

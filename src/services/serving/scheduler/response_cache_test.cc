#include "services/serving/scheduler/response_cache.h"

#include <doctest/doctest.h>

#include <deque>

#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {
namespace {

using testing::SumCall;
using testing::SumModel;

struct Bench {
  Bench() {
    SchedulerSettings settings;
    settings.response_cache = true;
    auto made = schedule({testing::sum_description(8), "{}", settings, {network}},
                         {.workers = workers, .clock = clock, .cache = &cache});
    REQUIRE(made);
    model = *made;
    network->record();
  }
  SystemClock clock;
  Workers workers{clock};
  ResponseCache cache{100'000};
  std::shared_ptr<SumModel> network = std::make_shared<SumModel>();
  std::shared_ptr<Scheduled> model;
};

}  // namespace

TEST_CASE("What was answered is answered again without a run, and counted as a hit") {
  Bench bench;
  SumCall call(41);
  bench.model->start(call);
  REQUIRE(call.wait());
  CHECK(!call.from_cache);
  call.again();
  bench.model->start(call);
  REQUIRE(call.wait());
  CHECK(call.from_cache);
  CHECK(call.sum() == 42);
  SumCall other(40);
  bench.model->start(other);
  CHECK(other.sum() == 41);
  const auto statistics = bench.model->statistics();
  CHECK(bench.network->sizes().size() == 2);
  CHECK(statistics.success.count == 3);
  CHECK(statistics.inference_count == 2);
  CHECK(statistics.cache_hit.count == 1);
  CHECK(statistics.cache_miss.count == 2);
}

TEST_CASE("An answer outlives what kept it") {
  Bench bench;
  SumCall call(41);
  bench.model->start(call);
  call.again();
  bench.model->start(call);
  bench.model.reset();
  CHECK(bench.cache.entries() == 0);
  CHECK(call.sum() == 42);
}

TEST_CASE("Failures are not kept") {
  Bench bench;
  SumCall call(SumModel::kPoison);
  bench.model->start(call);
  CHECK(!call.wait());
  CHECK(bench.cache.entries() == 0);
}

TEST_CASE("A digest that two calls share is a miss, not a wrong answer") {
  ResponseCache cache(100'000);
  const uint64_t owner = cache.new_owner();
  SumCall first(1), second(2);
  cache.keep({1, 2}, owner, first);
  CHECK(cache.answer({1, 2}, owner, first));
  CHECK(!cache.answer({1, 2}, owner, second));
  const uint64_t other = cache.new_owner();
  CHECK(!cache.answer({1, 2}, other, first));
  cache.forget(owner);
  cache.forget(other);
  CHECK(cache.entries() == 0);
}

TEST_CASE("Within its budget, what was not asked for longest goes first") {
  ResponseCache cache(3000);
  const uint64_t owner = cache.new_owner();
  std::deque<SumCall> calls;
  for (int i = 0; i < 8; ++i) {
    SumCall& call = calls.emplace_back(i);
    cache.keep(ResponseCache::key_of(owner, call), owner, call);
    CHECK(cache.answer(ResponseCache::key_of(owner, calls[0]), owner, calls[0]));
    CHECK(cache.bytes() <= 3000);
  }
  CHECK(cache.entries() < 8);
  CHECK(!cache.answer(ResponseCache::key_of(owner, calls[1]), owner, calls[1]));
  SumCall huge(1, 1000);
  cache.keep(ResponseCache::key_of(owner, huge), owner, huge);
  CHECK(!cache.answer(ResponseCache::key_of(owner, huge), owner, huge));
  cache.forget(owner);
}

TEST_CASE("Every part of what is asked makes another digest") {
  SumCall plain(1), value(2), rows(1, 2);
  const auto key = ResponseCache::key_of(1, plain);
  CHECK(key == ResponseCache::key_of(1, plain));
  CHECK(key != ResponseCache::key_of(2, plain));
  CHECK(key != ResponseCache::key_of(1, value));
  CHECK(key != ResponseCache::key_of(1, rows));
  plain.add_output().name = "SUM";
  CHECK(key != ResponseCache::key_of(1, plain));
}

}  // namespace oree::serving

// Whatever comes, however it is configured: every call is finished exactly once, with its own rows, in the
// promised order, and the statistics add up.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <thread>

#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {
namespace {

using inference::ModelStatistics;
using testing::SumCall;
using testing::SumModel;

struct Finishing {
  std::mutex mutex;
  std::vector<uint64_t> order;  // numbers of calls as they were finished
};

class NumberedCall final : public SumCall {
 public:
  NumberedCall(uint64_t number, int32_t value, int64_t rows, Finishing& finishing)
      : SumCall(value, rows), number_(number), finishing_(finishing) {}
  void finished(Status status) override {
    if (status) {
      const std::lock_guard lock(finishing_.mutex);
      finishing_.order.push_back(number_);
    }
    SumCall::finished(std::move(status));
  }

 private:
  uint64_t number_;
  Finishing& finishing_;
};

SchedulerSettings random_settings(std::mt19937& random) {
  const auto pick = [&](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  SchedulerSettings settings;
  settings.instances = 1 + static_cast<int>(pick(3));
  if (pick(4) == 0) return settings;
  modelconfig::DynamicBatching& batching = settings.batching.emplace();
  if (pick(2) == 0) batching.max_queue_delay_microseconds = pick(300);
  if (pick(2) == 0) batching.preferred_batch_size = {4, 8};
  batching.preserve_ordering = pick(3) == 0;
  if (pick(3) == 0) {
    batching.priority_levels = 3;
    batching.default_priority_level = 2;
  }
  if (pick(3) == 0) {
    batching.default_queue_policy =
        modelconfig::QueuePolicy{.timeout_action = pick(2) == 0 ? modelconfig::TimeoutAction::delay
                                                                : modelconfig::TimeoutAction::reject,
                                 .default_timeout_microseconds = 50 + pick(500),
                                 .max_queue_size = 4 + pick(30)};
  }
  return settings;
}

void check_sums(const ModelStatistics& statistics, uint64_t calls, uint64_t succeeded, uint64_t rows) {
  CHECK(statistics.pending == 0);
  CHECK(statistics.success.count == succeeded);
  CHECK(statistics.success.count + statistics.fail.count == calls);
  CHECK(statistics.inference_count == rows);
  CHECK(statistics.queue.count == succeeded);
  CHECK(statistics.compute_infer.count == succeeded);
  uint64_t runs = 0, in_batches = 0, failures = 0;
  for (const auto& row : statistics.batches) {
    runs += row.compute_infer.count;
    in_batches += row.compute_infer.count * row.batch_size;
  }
  for (const uint64_t count : statistics.failures) failures += count;
  CHECK(runs == statistics.execution_count);
  CHECK(in_batches == statistics.inference_count);
  CHECK(failures == statistics.fail.count);
}

void try_one(uint32_t seed) {
  CAPTURE(seed);
  std::mt19937 random(seed);
  SystemClock clock;
  Workers workers{clock};
  const SchedulerSettings settings = random_settings(random);
  const auto network = std::make_shared<SumModel>();
  auto model = schedule({testing::sum_description(8), "{}", settings, {network}}, {workers, clock});
  REQUIRE(model);

  Finishing finishing;
  std::deque<NumberedCall> calls;
  constexpr int kCalls = 300;
  std::vector<int64_t> rows(kCalls);
  std::vector<bool> poisoned(kCalls);
  for (size_t i = 0; i < kCalls; ++i) {
    rows[i] = 1 + static_cast<int64_t>(random() % 3);
    poisoned[i] = random() % 20 == 0;
    const auto value = poisoned[i] ? SumModel::kPoison : static_cast<int32_t>(i);
    NumberedCall& call = calls.emplace_back(i, value, rows[i], finishing);
    call.may_run_here = random() % 2 == 0;
    call.priority = random() % 4;
  }
  const size_t threads = settings.batching && settings.batching->preserve_ordering ? 1 : 1 + random() % 3;
  const bool stops = random() % 4 == 0;
  std::vector<std::thread> callers;
  for (size_t t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      for (size_t i = t; i < kCalls; i += threads) (*model)->start(calls[i]);
    });
  }
  if (stops) (*model)->stop();
  for (std::thread& caller : callers) caller.join();

  uint64_t succeeded = 0, rows_done = 0;
  for (size_t i = 0; i < kCalls; ++i) {
    const Status& status = calls[i].wait();
    CHECK(calls[i].times_finished() == 1);
    if (!status) {
      CHECK((poisoned[i] || stops || (settings.batching && settings.batching->default_queue_policy)));
      continue;
    }
    CHECK(!poisoned[i]);
    CHECK(calls[i].sum() == static_cast<int32_t>(i) + 1);
    ++succeeded;
    rows_done += static_cast<uint64_t>(rows[i]);
  }
  check_sums((*model)->statistics(), kCalls, succeeded, rows_done);
  if (settings.batching && settings.batching->preserve_ordering && settings.batching->priority_levels == 0)
    CHECK(std::ranges::is_sorted(finishing.order));
}

}  // namespace

TEST_CASE("Every call is finished once, with its own rows, in the promised order, and all is counted") {
  for (uint32_t seed = 1; seed <= 60; ++seed) try_one(seed);
}

}  // namespace oree::serving

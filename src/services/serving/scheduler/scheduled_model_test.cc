#include <doctest/doctest.h>

#include <atomic>
#include <deque>

#include "services/serving/scheduler/scheduled.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {
namespace {

using testing::SumCall;
using testing::SumModel;

// A model over one network that the test holds.
struct Bench {
  explicit Bench(SchedulerSettings settings = {}, int64_t max_batch_size = 8) {
    auto made = schedule({testing::sum_description(max_batch_size), "{}", settings, {network}, 0, 0},
                         {workers, clock});
    REQUIRE(made);
    model = *made;
    network->record();
  }
  SystemClock clock;
  Workers workers{clock};
  std::shared_ptr<SumModel> network = std::make_shared<SumModel>();
  std::shared_ptr<Scheduled> model;
};

SchedulerSettings batching(uint64_t delay_us = 0) {
  SchedulerSettings settings;
  settings.batching.emplace();
  settings.batching->max_queue_delay_microseconds = delay_us;
  return settings;
}

// A call whose client may go.
struct LeavingCall final : SumCall {
  using SumCall::SumCall;
  bool wanted() const override { return here; }
  std::atomic<bool> here = true;
};

// As a batch grows, a run of this network takes hardly longer.
void cheap_in_batches(SumModel& network) {
  network.work = [](int64_t) {
    const auto until = std::chrono::steady_clock::now() + microseconds(30);
    while (std::chrono::steady_clock::now() < until) {
    }
  };
}

}  // namespace

TEST_CASE("A quick model's call is answered before start returns, on the caller's thread") {
  Bench bench;
  SumCall call(41);
  bench.model->start(call);
  REQUIRE(call.done());
  REQUIRE(call.wait());
  CHECK(call.sum() == 42);
  CHECK(bench.workers.threads() == 0);
}

TEST_CASE("A call that must not run here is run by a worker") {
  Bench bench;
  SumCall call(1);
  call.may_run_here = false;
  bench.model->start(call);
  REQUIRE(call.wait());
  CHECK(call.sum() == 2);
  CHECK(bench.workers.threads() > 0);
}

TEST_CASE("An input that lies anywhere is read") {
  Bench bench;
  SumCall call(5);
  std::vector<std::byte> shifted(17);
  std::ranges::copy(call.inputs[0].data, shifted.begin() + 1);
  call.inputs[0].data = ByteView(shifted).subspan(1);
  bench.model->start(call);
  REQUIRE(call.wait());
  CHECK(call.sum() == 6);
}

TEST_CASE("An output goes to the client's memory, and a place too small is refused") {
  Bench bench;
  alignas(64) std::array<std::byte, 64> memory{};
  SumCall call(5);
  inference::CallOutput& output = call.add_output();
  output.name = "SUM";
  SUBCASE("large enough") {
    output.preset = memory;
    bench.model->start(call);
    REQUIRE(call.wait());
    CHECK(call.outputs[0].tensor.data.data() == memory.data());
    CHECK(call.sum() == 6);
  }
  SUBCASE("large enough, not aligned") {
    output.preset = std::span(memory).subspan(1);
    bench.model->start(call);
    REQUIRE(call.wait());
    CHECK(call.outputs[0].tensor.data.data() == memory.data() + 1);
    CHECK(std::to_integer<int>(memory[1]) == 6);
  }
  SUBCASE("too small") {
    output.preset = std::span(memory).first(8);
    bench.model->start(call);
    REQUIRE(!call.wait());
    CHECK(call.wait().error().what ==
          "shared memory size specified with the request for output 'SUM' (8 bytes) should be at least 16 "
          "bytes to hold the results");
  }
}

TEST_CASE("Calls that wait together run together, and each gets its own rows") {
  Bench bench(batching());
  cheap_in_batches(*bench.network);
  bench.network->close();
  std::deque<SumCall> calls;
  for (int i = 0; i < 6; ++i) calls.emplace_back(100 * i, i == 3 ? 2 : 1).may_run_here = false;
  bench.model->start(calls[0]);
  bench.network->wait_for_runs(1);
  for (size_t i = 1; i < calls.size(); ++i) bench.model->start(calls[i]);
  bench.network->open();
  for (int i = 0; i < 6; ++i) {
    REQUIRE(calls[static_cast<size_t>(i)].wait());
    CHECK(calls[static_cast<size_t>(i)].sum() == 100 * i + 1);
  }
  const auto statistics = bench.model->statistics();
  CHECK(statistics.inference_count == 7);
  CHECK(statistics.success.count == 6);
  CHECK(statistics.execution_count == bench.network->sizes().size());
}

TEST_CASE("A request that the network refuses does not spoil the others of its batch") {
  Bench bench(batching());
  bench.network->close();
  std::deque<SumCall> calls;
  for (int i = 0; i < 5; ++i) calls.emplace_back(i == 3 ? SumModel::kPoison : i).may_run_here = false;
  bench.model->start(calls[0]);
  bench.network->wait_for_runs(1);
  for (size_t i = 1; i < calls.size(); ++i) bench.model->start(calls[i]);
  bench.network->open();
  for (size_t i = 0; i < calls.size(); ++i) CHECK(calls[i].wait().has_value() == (i != 3));
  CHECK(bench.model->statistics().failures[static_cast<size_t>(inference::FailureReason::backend)] == 1);
}

TEST_CASE("A full queue and a passed deadline are refused in the sentences that clients know") {
  SchedulerSettings settings = batching();
  settings.batching->default_queue_policy =
      modelconfig::QueuePolicy{.allow_timeout_override = true, .max_queue_size = 1};
  Bench bench(settings);
  bench.network->close();
  std::deque<SumCall> calls(3);
  for (SumCall& call : calls) call.may_run_here = false;
  bench.model->start(calls[0]);
  bench.network->wait_for_runs(1);
  calls[1].timeout = microseconds(2000);
  bench.model->start(calls[1]);
  bench.model->start(calls[2]);
  REQUIRE(calls[2].done());
  CHECK(calls[2].wait().error().what == "Exceeds maximum queue size");
  CHECK(calls[1].wait().error().what == "Request timeout expired");  // while the only instance is still busy
  CHECK(!calls[0].done());
  bench.network->open();
  CHECK(calls[0].wait());
  CHECK(bench.model->statistics().failures[static_cast<size_t>(inference::FailureReason::rejected)] == 2);
}

TEST_CASE("A deadline that a client names counts where the model's configuration says nothing of deadlines") {
  Bench bench;
  bench.network->close();
  std::deque<SumCall> calls(2);
  for (SumCall& call : calls) call.may_run_here = false;
  bench.model->start(calls[0]);
  bench.network->wait_for_runs(1);
  calls[1].timeout = microseconds(500);
  bench.model->start(calls[1]);
  CHECK(calls[1].wait().error().what == "Request timeout expired");
  bench.network->open();
  CHECK(calls[0].wait());
  CHECK(bench.network->sizes().size() == 1);  // the other was never computed
}

TEST_CASE("What nobody waits for any more is not run, and counted as canceled") {
  Bench bench;
  bench.network->close();
  std::deque<LeavingCall> calls(3);
  for (SumCall& call : calls) call.may_run_here = false;
  bench.model->start(calls[0]);
  bench.network->wait_for_runs(1);
  bench.model->start(calls[1]);
  bench.model->start(calls[2]);
  calls[1].here = false;
  bench.network->open();
  CHECK(calls[0].wait());
  CHECK(calls[1].wait().error().what == "the client has gone");
  CHECK(calls[2].wait());
  CHECK(bench.network->sizes().size() == 2);
  const auto statistics = bench.model->statistics();
  CHECK(statistics.failures[static_cast<size_t>(inference::FailureReason::canceled)] == 1);
  CHECK(statistics.pending == 0);
}

TEST_CASE(
    "Who would wait longer than the server lets calls wait is refused at once, when enough wait already") {
  SystemClock clock;
  Workers workers{clock};
  auto network = std::make_shared<SumModel>();
  network->work = [](int64_t) { std::this_thread::sleep_for(microseconds(500)); };
  auto model =
      *schedule({testing::sum_description(8), "{}", {}, {network}, 0, 0},
                {.workers = workers, .clock = clock, .bound = {.longest = microseconds(1), .always = 2}});
  SumCall first;  // after which the model knows how long a run takes
  first.may_run_here = false;
  model->start(first);
  REQUIRE(first.wait());
  network->close();
  std::deque<SumCall> calls(4);
  for (SumCall& call : calls) call.may_run_here = false;
  model->start(calls[0]);
  network->wait_for_runs(1);
  for (size_t i = 1; i < calls.size(); ++i) model->start(calls[i]);
  CHECK(calls[3].done());
  CHECK(calls[3].wait().error().what == "Exceeds maximum queue size");
  CHECK(!calls[2].done());
  network->open();
  for (size_t i = 0; i < 3; ++i) CHECK(calls[i].wait());
}

TEST_CASE(
    "An instance that nobody counted runs several calls at once, but leaves the machine to other models") {
  SystemClock clock;
  Workers workers{clock};
  SchedulerSettings elastic;
  elastic.instances = 2;
  elastic.elastic = true;
  elastic.quick_below = std::chrono::nanoseconds(0);  // quick ones run after each other: waking takes longer
  std::vector<std::shared_ptr<SumModel>> networks;
  std::vector<std::shared_ptr<Scheduled>> models;
  for (int i = 0; i < 2; ++i) {
    networks.push_back(std::make_shared<SumModel>());
    models.push_back(*schedule({testing::sum_description(8), "{}", elastic, {networks.back()}, 0, 0},
                               {.workers = workers, .clock = clock}));
    networks.back()->close();
  }
  std::deque<SumCall> calls(4);
  for (SumCall& call : calls) call.may_run_here = false;
  models[0]->start(calls[0]);
  networks[0]->wait_for_runs(1);
  models[0]->start(calls[1]);
  networks[0]->wait_for_runs(2);  // while the first goes on
  models[1]->start(calls[2]);
  networks[1]->wait_for_runs(1);  // one of each model runs, whatever the others do
  models[1]->start(calls[3]);
  networks[0]->open();
  CHECK(calls[0].wait());
  CHECK(calls[1].wait());
  CHECK(networks[1]->sizes().size() == 1);
  networks[1]->open();
  CHECK(calls[2].wait());
  CHECK(calls[3].wait());
}

TEST_CASE("A stopped model refuses what waits and what comes; what runs finishes") {
  Bench bench;
  bench.network->close();
  std::deque<SumCall> calls(3);
  for (SumCall& call : calls) call.may_run_here = false;
  bench.model->start(calls[0]);
  bench.network->wait_for_runs(1);
  bench.model->start(calls[1]);
  bench.model->stop();
  bench.model->start(calls[2]);
  CHECK(!calls[1].wait());
  CHECK(!calls[2].wait());
  bench.network->open();
  CHECK(calls[0].wait());
}

}  // namespace oree::serving

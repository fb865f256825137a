#include <doctest/doctest.h>

#include <deque>

#include "services/serving/scheduler/sequences/sequence_model.h"
#include "services/serving/scheduler/testing/running_total.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {
namespace {

constexpr MonoTime at(int64_t us) {
  return MonoTime(microseconds(us));
}

struct Quiet final : inference::Call {
  void finished(Status) override {}
};

// A call of a sequence, answered through the same waiting as SumCall's.
class TotalCall : public testing::SumCall {
 public:
  TotalCall(uint64_t id, int32_t value, bool starts, bool ends) : value_(value) {
    inputs.clear();
    inputs.push_back({"INPUT", tensor::DType::i32, shape_, std::as_bytes(std::span(&value_, 1))});
    sequence = {.id = id, .text_id = {}, .start = starts, .end = ends};
  }
  int32_t total() const { return outputs.at(0).tensor.view().as<int32_t>()[0]; }
  uint64_t who() const { return outputs.at(1).tensor.view().as<uint64_t>()[0]; }

 private:
  int32_t value_;
  std::array<int64_t, 2> shape_{1, 1};
};

struct Bench {
  explicit Bench(SchedulerSettings settings = testing::total_settings()) {
    auto made =
        schedule({testing::total_description(), "{}", settings, {std::make_shared<testing::RunningTotal>()}},
                 {workers, clock});
    REQUIRE(made);
    model = *made;
  }
  TotalCall& ask(uint64_t id, int32_t value, bool starts = false, bool ends = false, bool here = true) {
    TotalCall& call = calls.emplace_back(id, value, starts, ends);
    call.may_run_here = here;
    model->start(call);
    return call;
  }
  SystemClock clock;
  Workers workers{clock};
  std::deque<TotalCall> calls;
  std::shared_ptr<Scheduled> model;
};

}  // namespace

TEST_CASE("A sequence's state goes from call to call, and starts anew with each start") {
  Bench bench;
  CHECK(bench.ask(7, 10, true).wait());
  CHECK(bench.ask(7, 5).wait());
  CHECK(bench.calls.back().total() == 15);
  CHECK(bench.ask(8, 100, true).wait());
  CHECK(bench.ask(7, 1, false, true).wait());
  CHECK(bench.calls.back().total() == 16);
  CHECK(bench.calls.back().who() == 7);
  CHECK(bench.ask(8, 1, true).wait());
  CHECK(bench.calls.back().total() == 1);
}

TEST_CASE("Calls without an id or without a start are refused in Triton's words") {
  Bench bench;
  CHECK(bench.ask(0, 1, true).wait().error().what ==
        "inference request to model 'total' must specify a non-zero or non-empty correlation ID");
  const char* no_start =
      "inference request for sequence 7 to model 'total' must specify the START flag on the first request of "
      "the sequence";
  CHECK(bench.ask(7, 1).wait().error().what == no_start);
  CHECK(bench.ask(7, 1, true, true).wait());
  CHECK(bench.ask(7, 1).wait().error().what == no_start);
}

TEST_CASE("Many sequences at once, more than there are places: each has its own sum, in its own order") {
  Bench bench;
  constexpr uint64_t kSequences = 20;
  for (int step = 0; step < 10; ++step) {
    for (uint64_t id = 1; id <= kSequences; ++id)
      bench.ask(id, static_cast<int32_t>(id), step == 0, step == 9, false);
  }
  for (size_t i = 0; i < bench.calls.size(); ++i) {
    const auto id = static_cast<int32_t>(i % kSequences + 1), step = static_cast<int32_t>(i / kSequences);
    REQUIRE(bench.calls[i].wait());
    CHECK(bench.calls[i].total() == id * (step + 1));
    CHECK(bench.calls[i].who() == static_cast<uint64_t>(id));
  }
  CHECK(dynamic_cast<SequenceModel&>(*bench.model).sequences() == 0);
  const auto statistics = bench.model->statistics();
  CHECK(statistics.success.count == 200);
  CHECK(statistics.inference_count == 200);
}

TEST_CASE("A given initial state is where a sequence begins") {
  SchedulerSettings settings = testing::total_settings();
  settings.sequences->control_input.erase(
      settings.sequences->control_input.begin());  // START is always 0 then
  settings.sequences->state[0].initial_state = {{.name = "first", .dims = {1}, .data_file = "first"}};
  SystemClock clock;
  Workers workers(clock);
  ScheduledParts parts{
      testing::total_description(), "{}", settings, {std::make_shared<testing::RunningTotal>()}};
  SUBCASE("whose bytes are missing") {
    CHECK(!schedule(parts, {workers, clock}));
  }
  SUBCASE("of the wrong size") {
    parts.initial_states["first"] = ByteBuffer(3);
    CHECK(!schedule(parts, {workers, clock}));
  }
}

TEST_CASE("A control that the network does not have is refused at load") {
  SchedulerSettings settings = testing::total_settings();
  settings.sequences->control_input[0].name = "BEGIN";
  SystemClock clock;
  Workers workers(clock);
  const auto made =
      schedule({testing::total_description(), "{}", settings, {std::make_shared<testing::RunningTotal>()}},
               {workers, clock});
  REQUIRE(!made);
  CHECK(made.error().what ==
        "model 'total': sequence_batching names control_input 'BEGIN', which the network does not have");
}

TEST_CASE("Places go to the sequences in the order they began; an idle one loses its place") {
  SequenceTable table("m", 1, microseconds(100));
  std::array<Quiet, 4> calls;
  const auto push = [&](size_t call, uint64_t id, bool start, bool end, int64_t now) {
    calls[call].sequence = {.id = id, .text_id = {}, .start = start, .end = end};
    return table.push({.call = &calls[call], .since = at(now)}, at(now));
  };
  std::vector<RunningSequence*> ready;
  REQUIRE(push(0, 1, true, false, 0));
  REQUIRE(push(1, 2, true, false, 1));
  table.ready(8, ready);
  REQUIRE(ready.size() == 1);
  CHECK(ready[0]->id == 1);
  RunningSequence& first = *ready[0];
  table.take(first);
  table.ready(8, ready);
  CHECK(ready.empty());  // the first is busy, the second has no place
  table.done(first, false, at(10));
  CHECK(table.forget_idle(at(50)) == at(110));
  CHECK(table.sequences() == 2);
  table.forget_idle(at(110));
  table.ready(8, ready);
  REQUIRE(ready.size() == 1);
  CHECK(ready[0]->id == 2);
  CHECK(!push(2, 1, false, false, 120));  // forgotten: it has to start
}

TEST_CASE("Text ids are ids") {
  SequenceTable table("m", 4, microseconds(100));
  Quiet call;
  call.sequence = {.id = 0, .text_id = "line 4", .start = false, .end = false};
  CHECK(table.push({.call = &call}, at(0)).error().what ==
        "inference request for sequence line 4 to model 'm' must specify the START flag on the first request "
        "of the sequence");
  call.sequence.start = true;
  CHECK(table.push({.call = &call}, at(0)));
  CHECK(table.sequences() == 1);
}

}  // namespace oree::serving

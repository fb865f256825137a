// What batching is worth here: `serving_test --no-skip -tc="*closed loop of 64*"` prints it. A closed loop in
// this process: 64 calls, each asked again as soon as it is answered, by one thread as an I/O loop would.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <deque>
#include <iostream>

#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/testing/onnx_writer.h"
#include "services/serving/scheduler/scheduled.h"

namespace oree::serving {
namespace {

using inference::testing::OnnxWriter;
using tensor::DType;

struct Done {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<inference::Call*> calls;
};

class LoopCall final : public inference::Call {
 public:
  LoopCall(const inference::Description& model, Done& done) : model_(model), done_(done) {
    for (const auto& port : model.inputs) {
      tensor::Shape shape = port.spec.shape;
      shape[0] = 1;
      tensors_.push_back(*tensor::Tensor::create(port.spec.dtype, shape));
      std::ranges::fill(tensors_.back().mutable_bytes(), std::byte{});
    }
  }
  void ask(inference::Served& served, bool here) {
    clear();
    for (size_t i = 0; i < tensors_.size(); ++i)
      inputs.push_back(
          {model_.inputs[i].spec.name, tensors_[i].dtype(), tensors_[i].shape(), tensors_[i].bytes()});
    may_run_here = here;
    asked = std::chrono::steady_clock::now();
    served.start(*this);
  }
  void finished(Status status) override {
    CHECK(status);
    const std::lock_guard lock(done_.mutex);
    done_.calls.push_back(this);
    if (done_.calls.size() == 1) done_.changed.notify_one();
  }
  MonoTime asked;

 private:
  const inference::Description& model_;
  Done& done_;
  std::vector<tensor::Tensor> tensors_;
};

struct Figures {
  double per_second = 0;
  double p50 = 0, p99 = 0;  // µs
  double rows_per_run = 0;
  double cpu = 0;  // µs of all threads for one call: what stays comparable on a busy machine
};

Figures loop(inference::Served& model, bool here, milliseconds length) {
  Done done;
  std::deque<LoopCall> calls;
  for (int i = 0; i < 64; ++i) calls.emplace_back(model.description(), done);
  std::vector<float> took;
  took.reserve(2'000'000);
  const inference::ModelStatistics before = model.statistics();
  const std::clock_t cpu = std::clock();
  const MonoTime start = std::chrono::steady_clock::now();
  for (LoopCall& call : calls) call.ask(model, here);
  std::vector<inference::Call*> finished;
  size_t open = calls.size();
  while (open > 0) {
    finished.clear();
    {
      std::unique_lock lock(done.mutex);
      done.changed.wait(lock, [&] { return !done.calls.empty(); });
      std::swap(finished, done.calls);
    }
    const MonoTime now = std::chrono::steady_clock::now();
    for (inference::Call* each : finished) {
      auto& call = static_cast<LoopCall&>(*each);
      took.push_back(std::chrono::duration<float, std::micro>(now - call.asked).count());
      if (now - start < length) {
        call.ask(model, here);
      } else {
        --open;
      }
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double cpu_us = 1e6 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  const inference::ModelStatistics after = model.statistics();
  std::ranges::sort(took);
  return {static_cast<double>(took.size()) / seconds, took[took.size() / 2], took[took.size() * 99 / 100],
          static_cast<double>(after.inference_count - before.inference_count) /
              static_cast<double>(after.execution_count - before.execution_count),
          cpu_us / static_cast<double>(took.size())};
}

struct Network {
  const char* name;
  std::string bytes;
};

std::vector<Network> networks() {
  const std::vector<float> weights(64 * 64, 0.01f);
  OnnxWriter layers;
  layers.input("x", DType::f32, {-1, 64});
  std::string last = "x";
  for (int i = 0; i < 12; ++i) {
    const std::string w = "w" + std::to_string(i), m = "m" + std::to_string(i), r = "r" + std::to_string(i);
    layers.constant(w, {64, 64}, weights).node("MatMul", {last, w}, {m}).node("Tanh", {m}, {r});
    last = r;
  }
  layers.output(last, DType::f32, {-1, 64});
  return {{"simple", OnnxWriter()
                         .input("INPUT0", DType::i32, {-1, 16})
                         .input("INPUT1", DType::i32, {-1, 16})
                         .node("Add", {"INPUT0", "INPUT1"}, {"OUTPUT0"})
                         .node("Sub", {"INPUT0", "INPUT1"}, {"OUTPUT1"})
                         .output("OUTPUT0", DType::i32, {-1, 16})
                         .output("OUTPUT1", DType::i32, {-1, 16})
                         .bytes()},
          {"12 layers of 64", layers.bytes()}};
}

inference::Description description_of(const inference::Model& model) {
  inference::Description description{"bench", "1", "onnxruntime_onnx", 64, {}, {}};
  for (const auto& spec : model.signature().inputs) description.inputs.push_back({spec, false, {}});
  for (const auto& spec : model.signature().outputs) description.outputs.push_back({spec, false, {}});
  return description;
}

}  // namespace

TEST_CASE("A closed loop of 64 with batching on and off" * doctest::skip()) {
  const auto backend = inference::open_onnxruntime();
  if (!backend) return;
  constexpr int kRounds = 5;
  for (const Network& network : networks()) {
    for (const bool here : {false, true}) {
      std::array<std::vector<Figures>, 2> figures;
      for (int round = 0; round < kRounds; ++round) {
        for (const bool on : {false, true}) {
          SystemClock clock;
          Workers workers{clock};
          SchedulerSettings settings;
          if (on) settings.batching.emplace();
          auto loaded = (*backend)->load_bytes(as_bytes(network.bytes), network.name, {});
          REQUIRE(loaded);
          const inference::Description description = description_of(**loaded);
          auto model = schedule({description, "{}", settings, {std::move(*loaded)}}, {workers, clock});
          REQUIRE(model);
          loop(**model, here, milliseconds(200));
          figures[on ? 1 : 0].push_back(loop(**model, here, milliseconds(800)));
        }
      }
      const auto median = [&](size_t which, double Figures::* value) {
        std::ranges::sort(figures[which], {}, value);
        return figures[which][kRounds / 2].*value;
      };
      for (const size_t which : {size_t{0}, size_t{1}}) {
        std::cout << network.name << (here ? ", may run here" : ", queued") << ", batching "
                  << (which == 1 ? "on " : "off") << ": "
                  << static_cast<int>(median(which, &Figures::per_second)) << " req/s, p50 "
                  << median(which, &Figures::p50) << " us, p99 " << median(which, &Figures::p99)
                  << " us, rows per run " << median(which, &Figures::rows_per_run) << ", CPU "
                  << median(which, &Figures::cpu) << " us a call\n";
      }
    }
  }
}

}  // namespace oree::serving

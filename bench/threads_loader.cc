// What a thread policy is worth: the same network alone, four of it in turn, two clients at once, ten runs a
// second, under ONNX Runtime's own defaults and under ours. Prints one JSON object. Driven by bench/threads.
//
//   oree-threads-bench MODEL.onnx POLICY RUNS
//     POLICY  defaults   as many threads as cores, which spin
//             one        one thread
//             governed   as the scheduler does: one thread, and as many as cores for a run that is alone,
//             when
//                        the client asks again at once and that is quicker here
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/choice/measure.h"
#include "platform/json/value.h"
#include "services/serving/scheduler/threads/width.h"

namespace {

using namespace oree;
using std::chrono::steady_clock;

[[noreturn]] void die(std::string_view why) {
  std::fprintf(stderr, "error: %.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

double ms_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int cores() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

inference::LoadOptions options_for(const std::string& policy) {
  if (policy == "one") return {.threads = 1};
  if (policy == "governed") return {.threads = 1};
  if (policy != "defaults") die("a policy is defaults, one or governed");
  return {.threads = cores(),
          .settings = {{"session.force_spinning_stop", "0"}, {"session.intra_op.allow_spinning", "1"}}};
}

class Bench {
 public:
  Bench(inference::Backend& backend, const std::string& file, const std::string& policy, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      auto model = backend.load(file, options_for(policy));
      if (!model) die(model.error().what);
      models_.push_back(std::move(*model));
      widths_.emplace_back(policy == "governed");
    }
    auto inputs = inference::made_up_inputs(models_[0]->signature());
    if (!inputs) die(inputs.error().what);
    inputs_ = std::move(*inputs);
    for (const auto& input : inputs_) views_.push_back(input.view());
    // So long that the governor has tried both.
    const auto until = steady_clock::now() + count * std::chrono::milliseconds(3500);
    for (size_t i = 0; steady_clock::now() < until; ++i) run(i);
  }

  // As whoever schedules would: alone when nothing else runs.
  double run(size_t i) {
    const auto start = steady_clock::now();
    const inference::Model& model = *models_[i % models_.size()];
    std::vector<inference::Output> outputs(model.signature().outputs.size());
    const bool wide = choose(i % models_.size(), running_.fetch_add(1) == 0, start);
    const auto begin = steady_clock::now();
    const Status ran =
        model.run_in(wide ? inference::Company::alone : inference::Company::together, views_, outputs);
    --running_;
    if (!ran) die(ran.error().what);
    observe(i % models_.size(), wide, begin);
    return ms_since(start);
  }

  json::Value in_turn(size_t runs) {
    std::vector<double> times;
    for (size_t i = 0; i < runs; ++i) times.push_back(run(i));
    return spread(std::move(times));
  }

  json::Value crowd(size_t clients, size_t runs) {
    std::vector<std::vector<double>> times(clients);
    const auto start = steady_clock::now();
    {
      std::vector<std::jthread> threads;
      for (auto& mine : times)
        threads.emplace_back([&] {
          for (size_t i = 0; i < runs; ++i) mine.push_back(run(0));
        });
    }
    const double seconds = ms_since(start) / 1000;
    std::vector<double> all;
    for (const auto& mine : times) all.insert(all.end(), mine.begin(), mine.end());
    json::Value out = spread(std::move(all));
    out.set("per_second", static_cast<double>(clients * runs) / seconds);
    return out;
  }

  // Share of one core at ten runs a second.
  double paced(size_t runs) {
    const double before = cpu_seconds();
    const auto start = steady_clock::now();
    for (size_t i = 0; i < runs; ++i) {
      std::this_thread::sleep_until(start + i * std::chrono::milliseconds(100));
      run(i);
    }
    std::this_thread::sleep_until(start + runs * std::chrono::milliseconds(100));
    return (cpu_seconds() - before) / (ms_since(start) / 1000);
  }

 private:
  bool choose(size_t model, bool alone, steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto choice = widths_[model].choose(alone, now - ended_);
    if (choice.ask) widths_[model].widened(models_[model]->widen(cores()).has_value());
    return choice.wide;
  }
  void observe(size_t model, bool wide, steady_clock::time_point begin) {
    const std::lock_guard lock(mutex_);
    ended_ = steady_clock::now();
    widths_[model].observe(wide, ended_ - begin);
  }

  static json::Value spread(std::vector<double> values) {
    std::ranges::sort(values);
    const auto at = [&](double p) {
      return values[static_cast<size_t>(p * static_cast<double>(values.size() - 1))];
    };
    return json::Object{{"p50_ms", at(0.5)}, {"p99_ms", at(0.99)}, {"min_ms", at(0)}};
  }

  std::vector<std::unique_ptr<inference::Model>> models_;
  std::vector<tensor::Tensor> inputs_;
  std::vector<tensor::TensorView> views_;
  std::atomic<int> running_ = 0;
  std::mutex mutex_;  // of what follows
  std::vector<serving::Width> widths_;
  steady_clock::time_point ended_;
};

}  // namespace

int main(int count, char** words) {
  if (count != 4) die("usage: oree-threads-bench MODEL.onnx defaults|one|governed RUNS");
  const auto runs = static_cast<size_t>(std::max(1, std::atoi(words[3])));
  auto backend = inference::open_onnxruntime();
  if (!backend) die(backend.error().what);
  json::Value out = json::Object{{"policy", words[2]}};
  {
    Bench one(**backend, words[1], words[2], 1);
    out.set("alone", one.in_turn(runs));
    out.set("two_clients", one.crowd(2, runs));
    out.set("paced_core_share", one.paced(std::min<size_t>(runs, 30)));
  }
  Bench four(**backend, words[1], words[2], 4);
  out.set("four_in_turn", four.in_turn(runs));
  std::printf("%s\n", json::print(out).c_str());
  return 0;
}

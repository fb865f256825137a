// One network under every runtime that can load it, in turns, beside what "auto" chose. Prints one JSON
// object. Driven by bench/backends.
//
//   oree-backends-bench MODEL SECONDS MEMORY
//     MEMORY  the file where "auto" keeps its choices; "-": nowhere
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/graph/file.h"
#include "core/inference/choice/backends.h"
#include "core/inference/choice/measure.h"
#include "platform/json/value.h"
#include "platform/onnx/codec.h"

namespace {

using namespace oree;
using std::chrono::steady_clock;

[[noreturn]] void die(std::string_view why) {
  std::fprintf(stderr, "error: %.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

Result<std::string> as_onnx(const std::filesystem::path& file) {
  const auto model = graph::load(file);
  if (!model) return forward(model);
  return onnx::print(*model);
}

double us_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(steady_clock::now() - start).count();
}

struct Runner {
  std::string name;
  std::shared_ptr<const inference::Model> model;
  std::vector<tensor::Tensor> inputs;
  std::vector<tensor::TensorView> views;
  size_t repeats = 1;
  std::vector<double> times;

  double once() {
    const auto start = steady_clock::now();
    for (size_t i = 0; i < repeats; ++i) {
      std::vector<inference::Output> outputs(model->signature().outputs.size());
      if (const Status ran = model->run(views, outputs); !ran) die(name + ": " + ran.error().what);
    }
    return us_since(start) / static_cast<double>(repeats);
  }
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) die("usage: oree-backends-bench MODEL SECONDS MEMORY");
  const std::filesystem::path file = words[1];
  const double seconds = std::atof(words[2]);
  const std::string memory = words[3];
  inference::Backends backends(inference::standard_backends(), {{".tflite", ".onnx", as_onnx}},
                               memory == "-" ? "" : memory);
  json::Value out = json::Object{{"model", file.filename().string()}};
  std::vector<Runner> runners;
  json::Value refused = json::Object{};
  for (const std::string& name : backends.for_file(file)) {
    auto loaded = backends.load({file}, name, {});
    if (!loaded) {
      refused.set(name, loaded.error().what);
      continue;
    }
    Runner& runner = runners.emplace_back(Runner{.name = name, .model = loaded->model});
    auto inputs = inference::made_up_inputs(runner.model->signature());
    if (!inputs) die(inputs.error().what);
    runner.inputs = std::move(*inputs);
    for (const auto& input : runner.inputs) runner.views.push_back(input.view());
    runner.once();
    runner.repeats = static_cast<size_t>(std::clamp(2000.0 / runner.once(), 1.0, 1000.0));
  }
  const auto start = steady_clock::now();
  auto chosen = backends.load({file}, "auto", {});
  if (!chosen) die(chosen.error().what);
  out.set("choice_ms", us_since(start) / 1000);
  out.set("auto", chosen->choice.backend);
  out.set("remembered", chosen->choice.remembered);
  const auto begun = steady_clock::now();
  for (size_t round = 0; round < 7 || us_since(begun) < seconds * 1e6; ++round) {
    for (size_t turn = 0; turn < runners.size(); ++turn) {
      Runner& runner = runners[(turn + round) % runners.size()];
      runner.times.push_back(runner.once());
    }
  }
  // Round by round against ONNX Runtime, or where it cannot load the network, against the first that can.
  auto reference = std::ranges::find(runners, "onnxruntime", &Runner::name);
  if (reference == runners.end()) reference = runners.begin();
  json::Value times = json::Object{}, ratios = json::Object{};
  for (const Runner& runner : runners) {
    times.set(runner.name, median(runner.times));
    std::vector<double> against;
    for (size_t i = 0; i < runner.times.size(); ++i)
      against.push_back(runner.times[i] / reference->times[i]);
    ratios.set(runner.name, median(against));
  }
  out.set("us", std::move(times));
  out.set("ratio", std::move(ratios));
  out.set("refused", std::move(refused));
  std::printf("%s\n", json::print(out).c_str());
  return 0;
}

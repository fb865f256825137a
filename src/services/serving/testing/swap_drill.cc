// oree-swap-drill [CYCLES] [REQUESTS]: swaps a model CYCLES times and loads and unloads another as often,
// while threads ask, until REQUESTS were answered; prints what came of it as JSON. Version n of the model
// adds n, so that an answer tells who gave it. tests/serving/test_swaps.py judges.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/service/ask.h"
#include "core/inference/testing/onnx_writer.h"
#include "services/serving/repository/model_repository.h"

namespace {

using namespace oree;
namespace fs = std::filesystem;
using tensor::DType;

struct Counts {
  std::atomic<uint64_t> asked = 0, failed = 0, mixed = 0, gone = 0;
};

// A model whose weights are `kilobytes` large, and whose answer is x + `version`.
void write_model(const fs::path& folder, uint64_t version, size_t kilobytes) {
  const auto width = static_cast<int64_t>(kilobytes * 256);
  inference::testing::OnnxWriter graph;
  graph.input("x", DType::f32, {-1, width}).output("y", DType::f32, {-1, width});
  graph.constant("w", {width}, std::vector<float>(static_cast<size_t>(width), static_cast<float>(version)));
  graph.node("Add", {"x", "w"}, {"y"});
  const fs::path place = folder / cat(version);
  fs::create_directories(place);
  std::ofstream(place / "model.onnx", std::ios::binary) << graph.bytes();
}

uint64_t resident_kilobytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * 4;
}

void ask(serving::ModelRepository& repository, std::string_view name, Counts& counts, bool may_be_gone) {
  const auto served = repository.find(name, "", inference::Wait::no);
  if (!served) {
    ++(may_be_gone ? counts.gone : counts.failed);
    return;
  }
  const std::vector<float> zeros(256);
  const int64_t shape[2] = {1, 256};
  inference::WaitingCall call;
  call.inputs.push_back({"x", DType::f32, shape, std::as_bytes(std::span(zeros))});
  const Status done = inference::ask(**served, call);
  ++counts.asked;
  if (!done) {
    if (counts.failed++ == 0) std::fprintf(stderr, "%s\n", done.error().what.c_str());
    return;
  }
  const auto version = parse_number<float>((*served)->description().version);
  const ByteView data = call.outputs[0].tensor.data;
  const std::span<const float> answer(reinterpret_cast<const float*>(data.data()),
                                      data.size() / sizeof(float));
  for (const float value : answer) {
    if (value == version) continue;
    ++counts.mixed;
    return;
  }
}

int drill(int cycles, uint64_t requests) {
  const fs::path folder = fs::temp_directory_path() / cat("oree-swap-drill-", getpid());
  write_model(folder / "swapped", 1, 1);
  write_model(folder / "coming_and_going", 1, 1);
  auto backend = inference::open_onnxruntime();
  if (!backend) return std::fprintf(stderr, "%s\n", backend.error().what.c_str()), 2;
  serving::LoaderParts parts;
  parts.backend = backend->get();
  parts.default_max_batch_size = 4;
  auto opened = serving::ModelRepository::open(
      folder, std::move(parts), {.mode = serving::ControlMode::explicitly, .load_at_start = {"*"}});
  if (!opened) return std::fprintf(stderr, "%s\n", opened.error().what.c_str()), 2;
  serving::ModelRepository& repository = **opened;
  repository.start();

  Counts counts;
  std::atomic<bool> done = false;
  std::vector<std::jthread> askers;
  for (int i = 0; i < 3; ++i) {
    askers.emplace_back([&, i] {
      while (!done) ask(repository, i == 2 ? "coming_and_going" : "swapped", counts, i == 2);
    });
  }
  uint64_t refused = 0, before = 0;
  const auto since = std::chrono::steady_clock::now();
  for (int cycle = 1; cycle <= cycles; ++cycle) {
    const auto version = static_cast<uint64_t>(cycle) + 1;
    write_model(folder / "swapped", version, 1);
    if (!repository.load("swapped", {})) ++refused;
    fs::remove_all(folder / "swapped" / cat(version - 1));
    if (!repository.unload("coming_and_going", false)) ++refused;
    if (!repository.load("coming_and_going", {})) ++refused;
    if (cycle == cycles / 5) before = resident_kilobytes();
  }
  const uint64_t after = resident_kilobytes();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  while (counts.asked < requests) std::this_thread::yield();
  done = true;
  askers.clear();
  const auto begin = std::chrono::steady_clock::now();
  constexpr int kLooks = 1'000'000;
  for (int i = 0; i < kLooks; ++i) (void)repository.find("swapped", "", inference::Wait::no);
  const double look =
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
  std::printf(
      "{\"cycles\": %d, \"asked\": %lu, \"failed\": %lu, \"mixed\": %lu, \"refused\": %lu, \"gone\": %lu, "
      "\"rss_before_kb\": %lu, \"rss_after_kb\": %lu, \"seconds\": %.1f, \"find_ns\": %.0f}\n",
      cycles, counts.asked.load(), counts.failed.load(), counts.mixed.load(), refused, counts.gone.load(),
      before, after, seconds, look / kLooks);
  opened->reset();
  fs::remove_all(folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int cycles = argc > 1 ? oree::parse_number<int>(argv[1]).value_or(1000) : 1000;
  const uint64_t requests = argc > 2 ? oree::parse_number<uint64_t>(argv[2]).value_or(0) : 0;
  return drill(cycles, requests);
}

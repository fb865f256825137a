// oree-detection-table PATH… [--lstm FOLDER] [--training] : one table for each PATH (a file or a folder of
// files). oree-detection-table --cost FOLDER                      : what an LSTM judgement costs beside its
// bare runtime.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "services/detection/compare.h"
#include "services/detection/networks/autoencoder.h"

namespace {

using namespace oree;
using namespace oree::detection;

int complain(const Error& error) {
  std::fprintf(stderr, "%s\n", error.what.c_str());
  return 1;
}

template <class Work>
double quickest_us(int times, Work work) {
  double best = 1e18;
  for (int i = 0; i < times; ++i) {
    const auto started = std::chrono::steady_clock::now();
    work();
    best = std::min(
        best, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - started).count());
  }
  return best;
}

int cost(inference::Backend& backend, const char* folder) {
  const auto file = load_detector_file(folder);
  if (!file) return complain(file.error());
  const auto detector = open_autoencoder(*file, backend);
  if (!detector) return complain(detector.error());
  const auto network = backend.load(file->model_file, {});
  if (!network) return complain(network.error());
  const size_t size = file->window * file->columns.size();
  for (const size_t batch : {size_t{1}, size_t{64}}) {
    std::vector<float> in(batch * size, 0.1f), out(batch * size);
    const tensor::Shape shape{static_cast<int64_t>(batch), static_cast<int64_t>(file->window),
                              static_cast<int64_t>(file->columns.size())};
    const tensor::TensorView input{tensor::DType::f32, shape, std::as_bytes(std::span(in))};
    const std::vector<double> rows(batch * size, 0.1);
    std::vector<Rows> machines;
    for (size_t i = 0; i < batch; ++i)
      machines.push_back({std::span(rows).subspan(i * size, size), file->columns.size()});
    double bare = 1e18, ours = 1e18;
    for (int round = 0; round < 20; ++round) {
      bare = std::min(
          bare, quickest_us(10, [&] {
            inference::Output output{
                .preset = std::as_writable_bytes(std::span(out)), .shape = shape, .data = {}, .keep = {}};
            (void)(*network)->run({&input, 1}, {&output, 1});
          }));
      ours = std::min(ours, quickest_us(10, [&] { (void)(*detector)->judge_each(machines); }));
    }
    std::printf("batch %zu: %.1f us a window, bare runtime %.1f us, ratio %.3f\n", batch,
                ours / static_cast<double>(batch), bare / static_cast<double>(batch), ours / bare);
  }
  return 0;
}

int table(inference::Backend* backend, const char* path, const char* lstm, const ComparePlan& plan) {
  const auto series = load_series(path);
  if (!series) return complain(series.error());
  auto candidates = all_detectors();
  if (lstm && backend) {
    const auto file = load_detector_file(lstm);
    if (!file) return complain(file.error());
    auto detector = open_autoencoder(*file, *backend);
    if (!detector) return complain(detector.error());
    candidates.push_back(*std::move(detector));
  }
  const auto lines = compare(*series, candidates, plan);
  if (!lines) return complain(lines.error());
  std::printf("%s (%zu series)\n%s\n", path, series->size(), table_text(*lines).c_str());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const auto backend = inference::open_onnxruntime();
  const char* lstm = nullptr;
  ComparePlan plan;
  std::vector<const char*> paths;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const bool with_value = word == "--lstm" || word == "--cost";
    if (with_value && i + 1 == count) return 2;
    if (word == "--cost") return backend ? cost(**backend, words[i + 1]) : complain(backend.error());
    if (word == "--lstm") {
      lstm = words[++i];
    } else if (word == "--training") {
      plan.score_training = true;
    } else {
      paths.push_back(words[i]);
    }
  }
  for (const char* path : paths) {
    if (const int failed = table(backend ? backend->get() : nullptr, path, lstm, plan); failed != 0)
      return failed;
  }
  return 0;
}

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <thread>

#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/testing/onnx_writer.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::inference {
namespace {

using files::testing::TempFolder;
using tensor::DType;
using tensor::Tensor;
using tensor::TensorView;
using testing::OnnxWriter;

constexpr int64_t kSide = 1024;
constexpr int kLayers = 8;
constexpr double kWeightsMb = kSide * kSide * 4.0 * kLayers / (1 << 20);

// Layers of matrices with 32 MB of weights; `shift` makes another network of the same shape.
std::string dense_network(float shift = 0) {
  OnnxWriter graph;
  graph.input("x0", DType::f32, {-1, kSide});
  for (int layer = 0; layer < kLayers; ++layer) {
    std::vector<float> weights(static_cast<size_t>(kSide * kSide));
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = shift + 0.01f * std::sin(static_cast<float>(i) + static_cast<float>(layer));
    const std::string n = std::to_string(layer), next = std::to_string(layer + 1);
    graph.constant("w" + n, {kSide, kSide}, weights);
    graph.node("MatMul", {"x" + n, "w" + n}, {"m" + n}).node("Relu", {"m" + n}, {"x" + next});
  }
  graph.output("x" + std::to_string(kLayers), DType::f32, {-1, kSide});
  return graph.bytes();
}

// Memory that no file stands behind: a copy of the weights would be there, code that was read meanwhile is
// not.
double own_mb() {
  std::ifstream file("/proc/self/smaps_rollup");
  std::string word;
  double kb = 0;
  while (file >> word) {
    if (word == "Anonymous:") file >> kb;
  }
  return kb / 1024;
}

struct Dense {
  Dense() {
    Result<std::unique_ptr<Backend>> opened = open_onnxruntime();
    if (!opened) {
      MESSAGE("skipped: " << opened.error().what);
      return;
    }
    backend = std::move(*opened);
    auto loaded = backend->load(folder.write("dense.onnx", dense_network()), {});
    REQUIRE(loaded);
    model = std::move(*loaded);
    std::ranges::fill(x.as<float>(), 1.0f);
  }
  std::vector<float> ask(Company company) const {
    const TensorView inputs[] = {x.view()};
    Output outputs[1];
    REQUIRE(model->run_in(company, inputs, outputs));
    const auto numbers = outputs[0].view().as<float>();
    return {numbers.begin(), numbers.end()};
  }
  TempFolder folder;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Model> model;
  Tensor x = *Tensor::create(DType::f32, {1, kSide});
};

bool close(const std::vector<float>& a, const std::vector<float>& b) {
  float apart = 0, largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    apart = std::max(apart, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(a[i]));
  }
  return a.size() == b.size() && largest > 0 && apart <= 1e-4f * largest;
}

TEST_CASE("A network that gets more threads answers as before, while it gets them and afterwards") {
  const Dense dense;
  if (!dense.model) return;
  const std::vector<float> before = dense.ask(Company::alone);
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0, different = 0;
  std::jthread client([&] {
    while (!stop) {
      different += close(before, dense.ask(asked % 2 == 0 ? Company::alone : Company::together)) ? 0 : 1;
      ++asked;
    }
  });
  CHECK(dense.model->widen(2));
  CHECK(close(before, dense.ask(Company::alone)));
  CHECK(close(before, dense.ask(Company::together)));
  CHECK(dense.model->widen(1));
  CHECK(close(before, dense.ask(Company::alone)));
  while (asked == 0) std::this_thread::yield();
  stop = true;
  client.join();
  CHECK(different == 0);
}

TEST_CASE("The second session of a network has no weights of its own") {
  const Dense dense;
  if (!dense.model) return;
  dense.ask(Company::alone);
  const double before = own_mb();
  REQUIRE(dense.model->widen(2));
  dense.ask(Company::alone);
  dense.ask(Company::together);
  // A heap that is not the first thread's keeps a freed layer or two at its end, of 4 MB each.
  CHECK_MESSAGE(own_mb() < before + kWeightsMb / 2, before << " MB before, now " << own_mb());
}

TEST_CASE("A file that has become another network since it was loaded is not mixed in") {
  Dense dense;
  if (!dense.model) return;
  const std::vector<float> before = dense.ask(Company::alone);
  dense.folder.write("dense.onnx", dense_network(0.001f));
  const Status widened = dense.model->widen(2);
  REQUIRE_FALSE(widened.has_value());
  CHECK(widened.error().what.find("dense.onnx is not what it was") != std::string::npos);
  CHECK(close(before, dense.ask(Company::alone)));
}

TEST_CASE("What came as bytes, which may not lie on a disk, keeps its one thread") {
  const Dense dense;
  if (!dense.model) return;
  const auto model = dense.backend->load_bytes(as_bytes(testing::add_model()), "add.onnx", {});
  REQUIRE(model);
  CHECK((*model)->widen(2).error().kind == ErrorKind::unsupported);
}

}  // namespace
}  // namespace oree::inference

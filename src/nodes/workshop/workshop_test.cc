#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "core/graph/file.h"
#include "core/graph/numbers.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "nodes/workshop/optimise.h"
#include "platform/files/testing/temp_folder.h"
#include "platform/tensor/npy.h"
#include "platform/tensor/testing/npy_file.h"
#include "services/certification/disturb.h"
#include "services/quantisation/quantise.h"

using namespace oree;
using namespace oree::workshop;
using files::testing::TempFolder;
using tensor::testing::bytes_of;
using tensor::testing::npy;

namespace {

inference::Backend* runtime() {
  static const auto opened = inference::open_onnxruntime();
  if (!opened) MESSAGE("skipped: " << opened.error().what);
  return opened ? opened->get() : nullptr;
}

// Tells apart by which of four values is largest: Relu of a random matrix's inverse-ish pair, plus an
// outlier.
graph::Model classifier(float outlier, int64_t opset = 17) {
  graph::Model model;
  model.ir_version = 8;
  model.opsets = {{"", opset}};
  graph::Graph& g = model.graph;
  g.name = "g";
  g.inputs.push_back(
      {"x", graph::tensor_type(graph::DataType::f32, {{1, ""}, {4, ""}, {6, ""}, {6, ""}}), ""});
  g.outputs.push_back({"y", graph::tensor_type(graph::DataType::f32, {{1, ""}, {4, ""}}), ""});
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 0.15f);
  std::vector<float> first(8 * 4 * 9), second(4 * 8), bias(8, 0.05f), last(4, 0);
  for (float& w : first) w = 0.02f * normal(random);
  for (int m = 0; m < 8; ++m) first[static_cast<size_t>((m * 4 + m % 4) * 9 + 4)] = 1;
  for (int i = 0; i < 9 * 4; ++i) first[static_cast<size_t>(7 * 36 + i)] *= outlier;
  for (int m = 0; m < 4; ++m) {
    for (int k = 0; k < 8; ++k)
      second[static_cast<size_t>(m * 8 + k)] = (k % 4 == m ? 1.0f : 0.0f) / (k == 7 ? outlier : 1.0f);
  }
  g.initializers = {graph::tensor_of("w1", {8, 4, 3, 3}, std::span<const float>(first)),
                    graph::tensor_of("b1", {8}, std::span<const float>(bias)),
                    graph::tensor_of("w2", {4, 8, 1, 1}, std::span<const float>(second)),
                    graph::tensor_of("b2", {4}, std::span<const float>(last))};
  g.nodes = {graph::make_node("Conv", {"x", "w1", "b1"}, {"c"},
                              {graph::attribute("pads", std::vector<int64_t>{1, 1, 1, 1})}),
             graph::make_node("Relu", {"c"}, {"r"}), graph::make_node("Conv", {"r", "w2", "b2"}, {"d"}),
             graph::make_node("GlobalAveragePool", {"d"}, {"p"}), graph::make_node("Flatten", {"p"}, {"y"})};
  return model;
}

// `count` samples of one of four classes each.
void write_samples(const TempFolder& folder, size_t count, bool with_labels) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> inputs, labels;
  for (size_t i = 0; i < count; ++i) {
    const size_t label = random() % 4;
    labels.push_back(static_cast<float>(label));
    for (size_t c = 0; c < 4; ++c) {
      for (size_t p = 0; p < 36; ++p) inputs.push_back(uniform(random) + (c == label ? 0.4f : 0.0f));
    }
  }
  folder.write("data/inputs.npy", npy("<f4", "(" + std::to_string(count) + ", 4, 6, 6)", bytes_of(inputs)));
  if (with_labels)
    folder.write("data/labels.npy", npy("<f4", "(" + std::to_string(count) + ",)", bytes_of(labels)));
}

Result<std::vector<Outcome>> optimise_in(const TempFolder& folder, const graph::Model& model,
                                         OptimiseOptions options) {
  REQUIRE(graph::store(model, folder.path() / "net.onnx"));
  options.model = folder.path() / "net.onnx";
  options.data = folder.path() / "data";
  options.out = folder.path() / "out";
  const SystemClock clock;
  const crypto::SigningKey key = crypto::SigningKey::generate();
  return optimise(options, {*runtime(), clock, key, {}});
}

// Times and memory of a network this small say nothing.
certification::Limits accuracy_only() {
  return {.accuracy = 0.9, .speedup = 0, .memory = -100, .variation = 1000, .robustness = 0};
}

size_t files_in(const std::filesystem::path& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) count += entry.exists() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("Disturbances change inputs a little, the same each time") {
  for (const certification::DisturbanceFacts& facts : certification::disturbances()) {
    CAPTURE(facts.name);
    auto a = tensor::Tensor::create(tensor::DType::f32, {1, 3, 8, 8});
    REQUIRE(a);
    std::mt19937 random(1);
    for (float& v : a->as<float>()) v = static_cast<float>(random() % 1000) / 1000;
    const std::vector<float> before(a->as<float>().begin(), a->as<float>().end());
    auto b = tensor::Tensor::create(tensor::DType::f32, {1, 3, 8, 8});
    std::copy(before.begin(), before.end(), b->as<float>().begin());
    certification::disturb(*a, facts.disturbance, 1);
    certification::disturb(*b, facts.disturbance, 1);
    double most = 0;
    for (size_t i = 0; i < before.size(); ++i) {
      CHECK(a->as<float>()[i] == b->as<float>()[i]);
      CHECK(a->as<float>()[i] >= 0);
      CHECK(a->as<float>()[i] <= 1);
      most = std::max(most, std::abs(double{a->as<float>()[i]} - double{before[i]}));
    }
    CHECK(most > 0.05);
  }
}

TEST_CASE("A network is quantised, judged, signed and handed out, for several machines at once") {
  if (runtime() == nullptr) return;
  const TempFolder folder;
  write_samples(folder, 200, true);
  const auto outcomes =
      optimise_in(folder, classifier(1),
                  {.targets = {kernels::Target::avx2, kernels::Target::vnni, kernels::Target::arm_dot},
                   .limits = accuracy_only()});
  if (!outcomes) FAIL(outcomes.error().what);
  REQUIRE(outcomes->size() == 3);
  for (const Outcome& outcome : *outcomes) {
    CAPTURE(outcome.certificate.target);
    CHECK(outcome.holds);
    CHECK(outcome.certificate.measured.score.kept > 0.97);
    CHECK(runtime()->load(outcome.model, {}));
    std::ifstream in(outcome.certificate_file);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    CHECK(certification::verify(text));
    if (kernels::facts(outcome.target).activations == kernels::Activations::u8) {
      CHECK(outcome.certificate.agreed_islands == outcome.certificate.predicted_islands);
      CHECK(outcome.certificate.predicted_islands >= 2);
    }
  }
  CHECK(files_in(folder.path() / "out") == 9);  // nothing temporary is left
}

TEST_CASE("What fails a gate is not written") {
  if (runtime() == nullptr) return;
  const TempFolder folder;
  write_samples(folder, 120, true);
  certification::Limits limits = accuracy_only();
  limits.memory = 1.5;
  const auto outcomes = optimise_in(folder, classifier(1), {.limits = limits});
  REQUIRE(outcomes);
  CHECK_FALSE((*outcomes)[0].holds);
  CHECK(files_in(folder.path() / "out") == 0);
}

TEST_CASE("A channel a hundred times as large as the others costs no accuracy") {
  if (runtime() == nullptr) return;
  const TempFolder folder;
  write_samples(folder, 200, true);
  const auto outcomes =
      optimise_in(folder, classifier(100), {.targets = {kernels::Target::avx2}, .limits = accuracy_only()});
  if (!outcomes) FAIL(outcomes.error().what);
  CHECK((*outcomes)[0].certificate.measured.score.kept > 0.95);
  CHECK((*outcomes)[0].certificate.recipe.find("channels evened out") != std::string::npos);
}

TEST_CASE("Samples that are missing, too few or of the wrong shape are named") {
  if (runtime() == nullptr) return;
  const TempFolder folder;
  CHECK(optimise_in(folder, classifier(1), {}).error().kind == ErrorKind::not_found);
  write_samples(folder, 6, true);
  const auto few = optimise_in(folder, classifier(1), {});
  CHECK(few.error().what.find("too few") != std::string::npos);
  folder.write("data/inputs.npy", npy("<f4", "(2, 3)", bytes_of(std::vector<float>(6, 0))));
  CHECK(optimise_in(folder, classifier(1), {}).error().what.find("do not fit the model's input [1,4,6,6]") !=
        std::string::npos);
}

TEST_CASE("Samples and weights that are no numbers stop the work with their place") {
  if (runtime() == nullptr) return;
  const TempFolder folder;
  write_samples(folder, 100, true);
  graph::Model broken = classifier(1);
  std::vector<float> weights(broken.graph.initializers[0].as<float>().begin(),
                             broken.graph.initializers[0].as<float>().end());
  weights[5] = NAN;
  broken.graph.initializers[0] = graph::tensor_of("w1", {8, 4, 3, 3}, std::span<const float>(weights));
  const auto refused = optimise_in(folder, broken, {.limits = accuracy_only()});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().what.find("NaN") != std::string::npos);
  CHECK(files_in(folder.path() / "out") == 0);
  std::vector<float> inputs(100 * 144, 0.5f);
  inputs[7] = INFINITY;
  folder.write("data/inputs.npy", npy("<f4", "(100, 4, 6, 6)", bytes_of(inputs)));
  const auto infinite = optimise_in(folder, classifier(1), {.limits = accuracy_only()});
  CHECK_FALSE(infinite);
}

TEST_CASE("What is handed out is as fast as was asked, in integers or else in floats with the reason") {
  if (runtime() == nullptr) return;
  const TempFolder folder;
  write_samples(folder, 150, true);
  const auto outcomes = optimise_in(
      folder, classifier(1),
      {.limits = {.accuracy = 0, .speedup = 0.98, .memory = -1000, .variation = 1000, .robustness = 0}});
  if (!outcomes) FAIL(outcomes.error().what);
  const certification::Certificate& c = (*outcomes)[0].certificate;
  REQUIRE(c.measured.time);
  const bool fast = c.measured.time->speedup >= 0.98;
  CHECK((*outcomes)[0].holds == fast);
  const bool floats = c.stages.back().name == "floats";
  CHECK((fast || floats));
  if (floats) CHECK(c.predicted_islands == 0);
  const auto says_why = [](const std::string& note) { return note.starts_with("8 bits are left out"); };
  CHECK(std::ranges::any_of(c.notes, says_why) == floats);
}

TEST_CASE("A network without labels is held against its own float answers") {
  if (runtime() == nullptr) return;
  const TempFolder folder;
  write_samples(folder, 150, false);
  const auto outcomes = optimise_in(folder, classifier(1), {.limits = accuracy_only()});
  if (!outcomes) FAIL(outcomes.error().what);
  const certification::Score& score = (*outcomes)[0].certificate.measured.score;
  CHECK_FALSE(score.has_labels());
  CHECK(score.kept == score.agreement);
  CHECK(score.agreement > 0.95);
}

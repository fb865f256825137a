#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "core/graph/file.h"
#include "core/graph/numbers.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "services/assessment/assess.h"

namespace oree::assessment {
namespace {

namespace fs = std::filesystem;
using graph::attribute;
using graph::make_node;
using graph::tensor_type;

fs::path shared_data() {
  const char* named = std::getenv("OREE_SHARED_DATA");
  return named != nullptr ? fs::path(named) : fs::path(OREE_SOURCE_DIR).parent_path() / "shared/data";
}

graph::Tensor weights(std::string name, std::vector<int64_t> dims) {
  const std::vector<float> values(graph::element_count(dims), 0.5f);
  return graph::tensor_of(std::move(name), std::move(dims), values);
}

// 1x3x8x8 -> Conv 4 (3x3, same) -> Relu -> Conv 2 (1x1) -> mean -> Gemm 5.
graph::Model small() {
  graph::Model model;
  model.opsets = {{"", 17}};
  model.graph.inputs = {{"x", tensor_type(graph::DataType::f32, {{1, ""}, {3, ""}, {8, ""}, {8, ""}})}};
  model.graph.outputs = {{"y", {}}};
  model.graph.initializers = {weights("a", {4, 3, 3, 3}), weights("b", {2, 4, 1, 1}), weights("c", {2, 5})};
  model.graph.nodes = {make_node("Conv", {"x", "a"}, {"p"}, {attribute("pads", std::vector<int64_t>(4, 1))}),
                       make_node("Relu", {"p"}, {"q"}),
                       make_node("Conv", {"q", "b"}, {"r"}),
                       make_node("GlobalAveragePool", {"r"}, {"s"}),
                       make_node("Flatten", {"s"}, {"t"}),
                       make_node("Gemm", {"t", "c"}, {"y"})};
  return model;
}

TEST_CASE("Sums, weights and memory are counted") {
  const auto found = assess(small(), {});
  REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().what));
  CHECK(found->parameters == 4 * 27 + 8 + 10);
  CHECK(found->macs == 64 * 4 * 27 + 64 * 2 * 4 + 10);
  CHECK(found->weight_bytes == found->parameters * 4);
  // Relu reads one image of four channels and writes another.
  CHECK(found->memory.live_bytes == 2 * 4 * 64 * 4);
  CHECK(found->memory.arena_bytes >= found->memory.live_bytes);
  CHECK(found->layers[found->memory.peak_node].op == "Relu");
  CHECK(found->operators[0].op == "Conv");
  CHECK(found->operators[0].count == 2);
  CHECK(found->layers[0].quantisable.fate == Fate::fused);
  CHECK(found->layers[4].quantisable.fate == Fate::moved);
  CHECK(!found->advice.empty());
}

TEST_CASE("A plan with fixed places reuses what is free") {
  graph::Model chain;
  chain.opsets = {{"", 17}};
  chain.graph.inputs = {{"v0", tensor_type(graph::DataType::f32, {{1000, ""}})}};
  for (int i = 0; i < 20; ++i)
    chain.graph.nodes.push_back(make_node("Relu", {"v" + std::to_string(i)}, {"v" + std::to_string(i + 1)}));
  chain.graph.outputs = {{"v20", {}}};
  const auto found = assess(chain, {});
  REQUIRE(found);
  CHECK(found->memory.live_bytes == 8000);
  CHECK(found->memory.arena_bytes == 8000);
}

TEST_CASE("A model that holds NaN or does not check is refused") {
  graph::Model model = small();
  const std::vector<float> bad(10, std::numeric_limits<float>::quiet_NaN());
  model.graph.initializers[2] = graph::tensor_of("c", {2, 5}, bad);
  CHECK(assess(model, {}).error().what.find("tensor 'c' holds 10 numbers") != std::string::npos);
  model = small();
  model.graph.nodes[0].inputs[1] = "nobody";
  CHECK(!assess(model, {}));
}

TEST_CASE("Advice follows the facts") {
  const auto says = [](const Facts& facts, std::string_view word) {
    return std::ranges::any_of(recommend(facts),
                               [&](const Advice& one) { return one.what.find(word) != std::string::npos; });
  };
  Facts image{.opset = 17,
              .weight_bytes = 4'000'000,
              .macs = 300'000'000,
              .convolution_share = 0.95,
              .kernel_class = "x86-avx2"};
  CHECK(says(image, "proven not to saturate"));
  CHECK(!says(image, "raise the opset"));
  image.kernel_class = "x86-vnni";
  CHECK(says(image, "U8 activations, S8 weights for each channel"));
  image.opset = 11;
  CHECK(says(image, "raise the opset"));
  image.quantised = true;
  CHECK(says(image, "start from the float model"));
  CHECK(!says(image, "static INT8"));
  Facts sensor{.opset = 17,
               .weight_bytes = 20'000,
               .macs = 300'000,
               .recurrent_share = 0.9,
               .largest_hidden = 16,
               .kernel_class = "x86-vnni"};
  CHECK(says(sensor, "leave the recurrent layers in float"));
  CHECK(!says(sensor, "dynamic INT8"));
  sensor.largest_hidden = 256;
  CHECK(says(sensor, "dynamic INT8 for the recurrent layers"));
}

TEST_CASE("The kernel class follows the processor's features") {
  CHECK(kernel_class({"", "x86-64", {"avx2"}}) == "x86-avx2");
  CHECK(kernel_class({"", "x86-64", {"avx2", "avx512-vnni"}}) == "x86-vnni");
  CHECK(kernel_class({"", "arm64", {"dotprod"}}) == "arm-dotprod");
  CHECK(kernel_class({"", "arm64", {}}) == "arm-nodot");
  CHECK(!this_processor().architecture.empty());
}

TEST_CASE("Real models are assessed, and a float file with INT8 weights is found out") {
  if (!fs::exists(shared_data())) {
    MESSAGE("skipped: no data sets at " << shared_data());
    return;
  }
  const auto kws = graph::load(shared_data() / "mlperf-tiny/kws_ref_model_float32.tflite");
  REQUIRE(kws);
  const auto found = assess(*kws, {.format = "tflite"});
  REQUIRE(found);
  CHECK(found->quantised_weights);
  CHECK(std::ranges::any_of(found->warnings, [](const std::string& text) {
    return text.find("small integers already") != std::string::npos;
  }));
  auto backend = inference::open_onnxruntime();
  const fs::path file = shared_data() / "imagenet-tflite/mobilenet_v2_1.0_224_float_from_int8_weights.onnx";
  const auto mobile = graph::load(file);
  REQUIRE(mobile);
  const auto big = assess(*mobile, {.backend = backend ? backend->get() : nullptr, .file = file, .runs = 3});
  REQUIRE_MESSAGE(big.has_value(), (big ? "" : big.error().what));
  CHECK(big->macs > 290'000'000);
  CHECK(big->macs < 310'000'000);
  CHECK(big->parameters > 3'400'000);
  CHECK(!big->quantised_weights);
  if (backend) CHECK(big->median_ms > 0);
  CHECK(to_json(*big).find("advice") != nullptr);
}

}  // namespace
}  // namespace oree::assessment

// FP16, dynamic INT8, INT4 and pruning: what they write loads and computes nearly the same.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/graph/opset/upgrade.h"
#include "services/passes/precision/dynamic_int8.h"
#include "services/passes/precision/float16.h"
#include "services/passes/precision/unpack_weights.h"
#include "services/passes/precision/weight_int4.h"
#include "services/passes/sparsity/pruning.h"
#include "services/passes/testing/runs.h"
#include "services/passes/testing/small_nets.h"

namespace oree::passes {
namespace {

using graph::attribute;
using graph::Model;
using testing::SmallNet;

Model image_net() {
  auto net = SmallNet({1, 3, 16, 16});
  net.weights("w", {8, 3, 3, 3})
      .weights("b", {8})
      .weights("w2", {8, 8, 1, 1})
      .weights("d", {128, 64}, -0.2f, 0.2f)
      .weights("e", {10, 64})
      .weights("eb", {10});
  net.ints("flat", {1, 128}).ints("axes", {2, 3});
  net.node("Conv", {"x", "w", "b"}, {"a"},
           {attribute("strides", std::vector<int64_t>{4, 4}), attribute("pads", std::vector<int64_t>(4, 1))});
  net.node("Relu", {"a"}, {"r"})
      .node("Conv", {"r", "w2"}, {"c"})
      .node("Sigmoid", {"c"}, {"s"})
      .node("Mul", {"c", "s"}, {"m"});
  net.node("Reshape", {"m", "flat"}, {"f"})
      .node("MatMul", {"f", "d"}, {"p"})
      .node("Gemm", {"p", "e", "eb"}, {"y"}, {attribute("transB", int64_t{1})});
  return net.gives("y");
}

double apart(const Model& before, const Model& after) {
  const auto found = testing::distance(before, after, testing::random_inputs(before, 9));
  REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().what));
  return *found;
}

size_t bytes_of(const Model& model) {
  size_t bytes = 0;
  for (const auto& tensor : model.graph.initializers) bytes += tensor.data.size();
  return bytes;
}

TEST_CASE("Half precision halves the weights and keeps the interface") {
  if (testing::runtime() == nullptr) return;
  const Model before = image_net();
  Model model = before;
  const auto report = to_half(model);
  REQUIRE_MESSAGE(report.has_value(), (report ? "" : report.error().what));
  CHECK(report->casts == 2);
  CHECK(report->kept.empty());
  CHECK(bytes_of(model) < bytes_of(before) * 52 / 100);
  const double distance = apart(before, model);
  CHECK(distance > 0);
  CHECK(distance < 5e-3);
}

TEST_CASE("Half precision to the rim changes what callers give and get") {
  Model model = image_net();
  REQUIRE(to_half(model, {.keep_inputs_and_outputs = false}));
  CHECK(model.graph.inputs[0].type.element == graph::DataType::f16);
  CHECK(model.graph.outputs[0].type.element == graph::DataType::f16);
  CHECK(std::ranges::count(model.graph.nodes, "Cast", &graph::Node::op) == 0);
}

TEST_CASE("What needs float32 keeps it, and the report says why") {
  if (testing::runtime() == nullptr) return;
  auto net = SmallNet({1, 4});
  net.weights("w", {4, 4}).number("large", 1e6f).number("small", 1e-6f);
  net.node("MatMul", {"x", "w"}, {"a"})
      .node("Mul", {"a", "large"}, {"b"})
      .node("Mul", {"b", "small"}, {"c"})
      .node("Relu", {"c"}, {"y"});
  const Model before = net.gives("y");
  Model model = before;
  const auto report = to_half(model);
  REQUIRE(report);
  REQUIRE(report->kept.size() == 2);
  CHECK(report->kept[0] == "Mul that makes 'b': its constant 'large' goes beyond 65504");
  CHECK(report->kept[1] == "Mul that makes 'c': its constant 'small' is too small for a half");
  CHECK(apart(before, model) < 5e-3);
  Model named = before;
  named.graph.nodes[0].name = "first";
  REQUIRE(to_half(named, {.kept_nodes = {"first"}}));
  CHECK(named.graph.initializers[0].type == graph::DataType::f32);
}

TEST_CASE("Dynamic INT8 computes nearly the same with a quarter of the weights") {
  if (testing::runtime() == nullptr) return;
  const Model before = image_net();
  for (const int largest : {127, 63}) {
    Model model = before;
    const auto report = to_dynamic_int8(model, {.largest = largest, .least = 256});
    REQUIRE(report);
    CHECK(report->products == 2);
    CHECK(bytes_of(model) < bytes_of(before) / 2);
    CHECK(apart(before, model) < 0.03);
  }
}

TEST_CASE("A large LSTM is quantised, a small one stays") {
  if (testing::runtime() == nullptr) return;
  const auto lstm = [](int64_t hidden) {
    auto net = SmallNet({6, 1, 8});
    net.weights("w", {1, 4 * hidden, 8}, -0.3f, 0.3f)
        .weights("r", {1, 4 * hidden, hidden}, -0.1f, 0.1f)
        .weights("b", {1, 8 * hidden}, -0.1f, 0.1f);
    net.node("LSTM", {"x", "w", "r", "b"}, {"y"}, {attribute("hidden_size", hidden)});
    return net.gives("y");
  };
  const Model before = lstm(128);
  Model model = before;
  const auto report = to_dynamic_int8(model);
  REQUIRE(report);
  CHECK(report->recurrent == 1);
  CHECK(apart(before, model) < 0.05);
  Model small = lstm(16);
  CHECK(to_dynamic_int8(small)->recurrent == 0);
}

TEST_CASE("INT4 weights are near in signal and an eighth in size") {
  if (testing::runtime() == nullptr) return;
  for (const bool symmetric : {true, false}) {
    for (const int64_t inner : {256, 200}) {  // 200 does not fill its last block
      CAPTURE(symmetric);
      CAPTURE(inner);
      auto net = SmallNet({4, inner});
      net.weights("w", {inner, 96}).weights("b", {96}).node("Gemm", {"x", "w", "b"}, {"y"});
      const Model before = net.gives("y");
      Model model = before;
      const auto report = to_weight_int4(model, {.symmetric = symmetric, .accuracy_level = 0});
      REQUIRE(report);
      CHECK(report->products == 1);
      CHECK(report->bytes_after * 5 < report->bytes_before);
      CHECK(bytes_of(model) == report->bytes_after + 96 * sizeof(float));
      const double distance = apart(before, model);
      CHECK(distance > 0);
      CHECK(distance < 0.15);
    }
  }
  Model any = image_net();
  CHECK(to_weight_int4(any, {.block = 33}).error().what.find("none of 16, 32") != std::string::npos);
}

TEST_CASE("INT4 hits what fits into its steps exactly") {
  if (testing::runtime() == nullptr) return;
  auto net = SmallNet({1, 32});
  std::vector<float> weights(32 * 16);
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<float>(static_cast<int>(i / 16 % 16) - 8) * 0.25f;
  Model before = net.node("MatMul", {"x", "w"}, {"y"}).gives("y");
  before.graph.initializers.push_back(graph::tensor_of("w", {32, 16}, std::span<const float>(weights)));
  Model model = before;
  REQUIRE(to_weight_int4(model, {.accuracy_level = 0, .least = 1}));
  CHECK(apart(before, model) < 1e-6);
}

TEST_CASE("Pruning drops the smallest weights, each time the same") {
  Model model = image_net();
  const auto report = prune(model, {.sparsity = 0.5, .least = 100});
  REQUIRE(report);
  CHECK(report->lines.size() == 3);
  CHECK(std::fabs(report->sparsity() - 0.5) < 0.01);
  Model again = image_net();
  REQUIRE(prune(again, {.sparsity = 0.5, .least = 100}));
  CHECK(std::ranges::equal(model.graph.initializers[0].data.view(), again.graph.initializers[0].data.view()));
  float kept = 1e9f, dropped = 0;
  const Model before = image_net();
  for (size_t i = 0; i < 216; ++i) {
    const float was = std::fabs(before.graph.initializers[0].as<float>()[i]);
    (model.graph.initializers[0].as<float>()[i] == 0 ? dropped : kept) =
        model.graph.initializers[0].as<float>()[i] == 0 ? std::max(dropped, was) : std::min(kept, was);
  }
  CHECK(dropped <= kept);
  CHECK(!prune(model, {.sparsity = 1.5}));
}

TEST_CASE("Two of each four neighbours along the sum stay") {
  auto net = SmallNet({1, 8, 4, 4});
  net.weights("w", {6, 8, 1, 1}).node("Conv", {"x", "w"}, {"y"});
  Model model = net.gives("y");
  REQUIRE(prune(model, {.pattern = Pattern::two_of_four, .least = 1}));
  const auto values = model.graph.initializers[0].as<float>();
  for (size_t i = 0; i < values.size(); i += 4) CHECK(std::ranges::count(values.subspan(i, 4), 0.0f) == 2);
}

TEST_CASE("The schedule rises quickly at first and ends where it should") {
  const PruningSchedule schedule{.initial = 0, .final = 0.8, .begin = 100, .steps = 10, .every = 50};
  CHECK(sparsity_at(schedule, 0) == 0);
  CHECK(sparsity_at(schedule, 100) == 0);
  CHECK(sparsity_at(schedule, 149) == 0);
  CHECK(sparsity_at(schedule, 350) == doctest::Approx(0.8 * (1 - 0.125)));
  CHECK(sparsity_at(schedule, 600) == doctest::Approx(0.8));
  CHECK(sparsity_at(schedule, 9999) == doctest::Approx(0.8));
}

// y = Conv(x, DequantizeLinear(integers, scales of each channel)) + 0
Model packed_net() {
  auto net = SmallNet({1, 2, 4, 4});
  Model model = net.node("Conv", {"x", "w"}, {"y"}).gives("y");
  std::vector<int8_t> integers(3 * 2 * 2 * 2);
  for (size_t i = 0; i < integers.size(); ++i)
    integers[i] = static_cast<int8_t>(static_cast<int>(i * 11 % 200) - 100);
  const std::vector<float> scales{0.01f, 0.5f, 2};
  model.graph.initializers.push_back(graph::tensor_of("q", {3, 2, 2, 2}, std::span<const int8_t>(integers)));
  model.graph.initializers.push_back(graph::tensor_of("s", {3}, std::span<const float>(scales)));
  model.graph.nodes.insert(model.graph.nodes.begin(), graph::make_node("DequantizeLinear", {"q", "s"}, {"w"},
                                                                       {attribute("axis", int64_t{0})}));
  return model;
}

TEST_CASE("Packed weights become the same numbers as floats") {
  if (testing::runtime() == nullptr) return;
  const Model before = packed_net();
  Model model = before;
  const auto unpacked = unpack_weights(model);
  REQUIRE(unpacked.has_value());
  CHECK(*unpacked == 1);
  CHECK(std::ranges::none_of(model.graph.nodes,
                             [](const graph::Node& node) { return node.op == "DequantizeLinear"; }));
  CHECK(apart(before, model) < 1e-5);
}

TEST_CASE("Weights stay packed where activations are quantised, too") {
  Model model = packed_net();
  model.graph.nodes.push_back(graph::make_node("QuantizeLinear", {"y", "s1"}, {"z"}));
  const auto unpacked = unpack_weights(model);
  REQUIRE(unpacked.has_value());
  CHECK(*unpacked == 0);
}

}  // namespace
}  // namespace oree::passes

// The passes on real models of the shared data: the same outputs before and after, and what must be gone is
// gone.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/graph/opset/upgrade.h"
#include "services/passes/pass.h"
#include "services/passes/testing/runs.h"

namespace oree::passes {
namespace {

size_t count(const graph::Model& model, std::string_view op) {
  return static_cast<size_t>(std::ranges::count(model.graph.nodes, op, &graph::Node::op));
}

TEST_CASE("Real models compute the same after upgrade and passes") {
  if (!std::filesystem::exists(testing::shared_data()) || testing::runtime() == nullptr) {
    MESSAGE("skipped: needs ONNX Runtime and the data sets at " << testing::shared_data());
    return;
  }
  for (const char* name : {"mnist/mnist.onnx", "yolox-nano/yolox_nano.onnx", "fastestdet/FastestDet.onnx",
                           "imagenet-tflite/mobilenet_v2_1.0_224_float_from_int8_weights.onnx"}) {
    CAPTURE(name);
    const auto before = graph::load(testing::shared_data() / name);
    REQUIRE(before);
    for (const int64_t opset : {17, 21}) {
      graph::Model model = *before;
      REQUIRE(graph::upgrade(model, opset));
      const auto report = run_passes(model, all_passes(), {.backend = testing::runtime()});
      REQUIRE_MESSAGE(report.has_value(), (report ? "" : report.error().what));
      CHECK(count(model, "BatchNormalization") == 0);
      CHECK(count(model, "Identity") == 0);
      CHECK(count(model, "Constant") == 0);
      CHECK(report->nodes_after <= report->nodes_before);
      const auto apart = testing::distance(*before, model, testing::random_inputs(*before, 11, 0, 1));
      REQUIRE_MESSAGE(apart.has_value(), (apart ? "" : apart.error().what));
      CHECK(*apart < 1e-4);
      MESSAGE(name << ": opset " << opset << ", " << report->nodes_before << " -> " << report->nodes_after
                   << " nodes, distance " << *apart);
    }
  }
}

// Scale and zero point of the quantisation that `node` does.
struct Steps {
  double scale, zero;
};
Steps steps_of(const graph::Model& model, const graph::Node& node) {
  const auto number = [&](size_t input) {
    return graph::doubles_of(*graph::find_initializer(model.graph, node.inputs.at(input)))->at(0);
  };
  return {number(1), number(2)};
}

TEST_CASE("A TensorFlow Lite model in float and in integers says nearly the same") {
  if (!std::filesystem::exists(testing::shared_data()) || testing::runtime() == nullptr) {
    MESSAGE("skipped: needs ONNX Runtime and the data sets at " << testing::shared_data());
    return;
  }
  for (const auto& [name, largest] :
       {std::pair("vww_96", 0.03), std::pair("ic_resnet8", 0.05), std::pair("ad01", 0.06)}) {
    const auto folder = testing::shared_data() / "mlperf-tiny";
    const std::string float_name =
        std::string(name) + (std::string(name) == "ad01" ? "_fp32.tflite" : "_float.tflite");
    const auto floating = graph::load(folder / float_name),
               integers = graph::load(folder / (std::string(name) + "_int8.tflite"));
    REQUIRE(floating);
    REQUIRE(integers);
    const auto& first = *std::ranges::find(integers->graph.nodes, "DequantizeLinear", &graph::Node::op);
    REQUIRE(first.inputs[0] == integers->graph.inputs[0].name);
    // Any integers; the float model gets the numbers that they stand for.
    const auto shape = testing::random_inputs(*floating, 21);
    std::vector<double> steps(graph::element_count(shape[0].dims)), numbers(steps.size());
    const Steps in = steps_of(*integers, first);
    for (size_t i = 0; i < steps.size(); ++i) {
      steps[i] = static_cast<double>(i * 7919 % 256) - 128;
      numbers[i] = (steps[i] - in.zero) * in.scale;
    }
    const auto quantised = graph::tensor_as("x", graph::DataType::i8, shape[0].dims, steps);
    const std::vector inputs{*graph::tensor_as("x", graph::DataType::f32, shape[0].dims, numbers)};
    const auto expected = run_model(*floating, inputs, *testing::runtime());
    const auto found = run_model(*integers, std::vector{*quantised}, *testing::runtime());
    REQUIRE_MESSAGE(expected.has_value(), (expected ? "" : expected.error().what));
    REQUIRE_MESSAGE(found.has_value(), (found ? "" : found.error().what));
    // The output's own steps: of the last node that quantises.
    const graph::Node* quantiser = nullptr;
    for (const auto& node : integers->graph.nodes)
      quantiser = node.op == "QuantizeLinear" ? &node : quantiser;
    REQUIRE(quantiser != nullptr);
    const Steps out = steps_of(*integers, *quantiser);
    const auto a = *graph::doubles_of(expected->at(0)), b = *graph::doubles_of(found->at(0));
    REQUIRE(a.size() == b.size());
    double apart = 0, range = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      apart += std::fabs(a[i] - (b[i] - out.zero) * out.scale) / static_cast<double>(a.size());
      range = std::max(range, std::fabs(a[i]));
    }
    CHECK_MESSAGE(apart / range < largest, std::string(name) << ": " << apart << " of " << range);
  }
}

}  // namespace
}  // namespace oree::passes

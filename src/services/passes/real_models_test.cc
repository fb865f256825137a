// The passes on real models of the shared data: the same outputs before and after, and what must be gone is
// gone.
#include <doctest/doctest.h>

#include <algorithm>

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

}  // namespace
}  // namespace oree::passes

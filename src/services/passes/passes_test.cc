#include <doctest/doctest.h>

#include "core/graph/opset/upgrade.h"
#include "services/passes/pass.h"
#include "services/passes/testing/runs.h"
#include "services/passes/testing/small_nets.h"

namespace oree::passes {
namespace {

using graph::attribute;
using graph::Model;
using testing::SmallNet;

// Runs the passes and holds the result against the model before; returns the operators that are left, in
// order.
std::string after(const Model& before, std::initializer_list<const char*> names, double tolerance = 1e-5) {
  std::vector<Pass> passes;
  for (const char* name : names) {
    REQUIRE_MESSAGE(find_pass(name) != nullptr, name);
    passes.push_back(*find_pass(name));
  }
  Model model = before;
  const PassContext context{.backend = testing::runtime()};
  const auto report = run_passes(model, passes, context);
  REQUIRE_MESSAGE(report.has_value(), (report ? "" : report.error().what));
  if (testing::runtime() != nullptr) {
    const auto apart = testing::distance(before, model, testing::random_inputs(before, 3, -4, 4));
    REQUIRE_MESSAGE(apart.has_value(), (apart ? "" : apart.error().what));
    CHECK(*apart <= tolerance);
  }
  std::string ops;
  for (const auto& node : model.graph.nodes) ops += (ops.empty() ? "" : " ") + node.op;
  return ops;
}

std::vector<int64_t> ones(size_t count) {
  return std::vector<int64_t>(count, 1);
}

TEST_CASE("What changes nothing goes, and the output keeps its name") {
  auto net = SmallNet({1, 4});
  net.node("Identity", {"x"}, {"a"})
      .node("Relu", {"a"}, {"b"})
      .node("Dropout", {"b"}, {"c"})
      .node("Identity", {"c"}, {"y"});
  CHECK(after(net.gives("y"), {"no_ops"}) == "Relu");
  auto direct = SmallNet({1, 4});
  direct.node("Identity", {"x"}, {"y"});
  CHECK(after(direct.gives("y"), {"no_ops"}) == "Identity");
}

TEST_CASE("Equal nodes share a result, and what nobody reads goes") {
  auto net = SmallNet({1, 4});
  net.number("c", 2).number("d", 2);
  net.node("Mul", {"x", "c"}, {"a"})
      .node("Mul", {"x", "d"}, {"b"})
      .node("Neg", {"x"}, {"unread"})
      .node("Add", {"a", "b"}, {"y"});
  CHECK(after(net.gives("y"), {"duplicates", "dead_code"}) == "Mul Add");
}

TEST_CASE("What depends on constants only is computed once, but quantised weights stay") {
  if (testing::runtime() == nullptr) return;
  auto net = SmallNet({1, 4});
  net.weights("w", {4, 3}).number("s", 0.5f);
  net.node("Constant", {}, {"k"}, {attribute("value_float", 3.0f)});
  net.node("Mul", {"w", "k"}, {"w3"}).node("Transpose", {"w3"}, {"t"}).node("Transpose", {"t"}, {"u"});
  net.node("QuantizeLinear", {"u", "s"}, {"q"})
      .node("DequantizeLinear", {"q", "s"}, {"d"})
      .node("MatMul", {"x", "d"}, {"y"});
  CHECK(after(net.gives("y"), {"constant_nodes", "folding", "dead_code"}) ==
        "QuantizeLinear DequantizeLinear MatMul");
}

TEST_CASE("A normalisation behind a convolution becomes its weights") {
  for (const bool biased : {false, true}) {
    auto net = SmallNet({1, 4, 6, 6});
    net.weights("w", {8, 2, 3, 3})
        .weights("b", {8})
        .weights("g", {8})
        .weights("beta", {8})
        .weights("m", {8})
        .weights("v", {8}, 0.1f, 2);
    std::vector<std::string> inputs{"x", "w"};
    if (biased) inputs.push_back("b");
    net.node("Conv", inputs, {"a"}, {attribute("group", int64_t{2}), attribute("pads", ones(4))});
    net.node("BatchNormalization", {"a", "g", "beta", "m", "v"}, {"n"}).node("Relu", {"n"}, {"y"});
    CHECK(after(net.gives("y"), {"batch_norm", "dead_code"}) == "Conv Relu");
  }
  auto up = SmallNet({1, 4, 5, 5});
  up.weights("w", {4, 6, 2, 2})
      .weights("g", {6})
      .weights("beta", {6})
      .weights("m", {6})
      .weights("v", {6}, 0.1f, 2);
  up.node("ConvTranspose", {"x", "w"}, {"a"}).node("BatchNormalization", {"a", "g", "beta", "m", "v"}, {"y"});
  CHECK(after(up.gives("y"), {"batch_norm"}) == "ConvTranspose");
  auto dense = SmallNet({3, 4});
  dense.weights("w", {4, 6})
      .weights("g", {6})
      .weights("beta", {6})
      .weights("m", {6})
      .weights("v", {6}, 0.1f, 2);
  dense.node("Gemm", {"x", "w"}, {"a"}).node("BatchNormalization", {"a", "g", "beta", "m", "v"}, {"y"});
  CHECK(after(dense.gives("y"), {"batch_norm"}) == "Gemm");
}

TEST_CASE("A normalisation stays when the convolution's result is read elsewhere too") {
  auto net = SmallNet({1, 2, 5, 5});
  net.weights("w", {2, 2, 1, 1})
      .weights("g", {2})
      .weights("beta", {2})
      .weights("m", {2})
      .weights("v", {2}, 0.1f, 2);
  net.node("Conv", {"x", "w"}, {"a"})
      .node("BatchNormalization", {"a", "g", "beta", "m", "v"}, {"n"})
      .node("Add", {"n", "a"}, {"y"});
  CHECK(after(net.gives("y"), {"batch_norm"}) == "Conv BatchNormalization Add");
}

TEST_CASE("Constants for each channel go into the convolution") {
  auto net = SmallNet({1, 2, 5, 5});
  net.weights("w", {3, 2, 3, 3})
      .weights("scale", {1, 3, 1, 1})
      .weights("shift", {3, 1, 1})
      .number("half", 0.5f);
  net.node("Conv", {"x", "w"}, {"a"})
      .node("Mul", {"a", "scale"}, {"b"})
      .node("Add", {"shift", "b"}, {"c"})
      .node("Mul", {"c", "half"}, {"y"});
  CHECK(after(net.gives("y"), {"conv_scale", "dead_code"}) == "Conv");
  auto wide = SmallNet({1, 2, 3, 3});
  wide.weights("w", {3, 2, 1, 1}).weights("row", {3});
  wide.node("Conv", {"x", "w"}, {"a"}).node("Add", {"a", "row"}, {"y"});  // along the width, not the channels
  CHECK(after(wide.gives("y"), {"conv_scale"}) == "Conv Add");
}

TEST_CASE("A product and its bias become one Gemm, but not in three dimensions") {
  auto net = SmallNet({2, 4});
  net.weights("w", {4, 3}).weights("b", {3}).node("MatMul", {"x", "w"}, {"a"}).node("Add", {"b", "a"}, {"y"});
  CHECK(after(net.gives("y"), {"matmul_bias"}) == "Gemm");
  auto deep = SmallNet({1, 2, 4});
  deep.weights("w", {4, 3})
      .weights("b", {3})
      .node("MatMul", {"x", "w"}, {"a"})
      .node("Add", {"a", "b"}, {"y"});
  CHECK(after(deep.gives("y"), {"matmul_bias"}) == "MatMul Add");
}

TEST_CASE("A Pad of zeros becomes the convolution's padding") {
  auto net = SmallNet({1, 2, 5, 5});
  net.weights("w", {3, 2, 3, 3}).ints("p", {0, 0, 0, 1, 0, 0, 2, 1});
  net.node("Pad", {"x", "p"}, {"a"}).node("Conv", {"a", "w"}, {"y"}, {attribute("pads", ones(4))});
  CHECK(after(net.gives("y"), {"pad_into_conv", "dead_code"}) == "Conv");
  auto mirrored = SmallNet({1, 2, 5, 5});
  mirrored.weights("w", {3, 2, 3, 3}).ints("p", {0, 0, 1, 1, 0, 0, 1, 1});
  mirrored.node("Pad", {"x", "p"}, {"a"}, {attribute("mode", std::string("reflect"))})
      .node("Conv", {"a", "w"}, {"y"});
  CHECK(after(mirrored.gives("y"), {"pad_into_conv"}) == "Pad Conv");
}

TEST_CASE("Bounds are written in the plainest way") {
  auto net = SmallNet({1, 8});
  net.number("zero", 0).number("six", 6).node("Clip", {"x", "zero"}, {"y"});
  CHECK(after(net.gives("y"), {"clips"}) == "Relu");
  auto two = SmallNet({1, 8});
  two.number("six", 3).node("Relu", {"x"}, {"a"}).node("Min", {"a", "six"}, {"y"});
  CHECK(after(two.gives("y"), {"clips"}) == "Clip");
  auto apart = SmallNet({1, 8});
  apart.number("a", 1)
      .number("b", 2)
      .number("c", -3)
      .node("Clip", {"x", "a", "b"}, {"m"})
      .node("Clip", {"m", "c", "zero"}, {"y"});
  apart.number("zero", 0);
  CHECK(after(apart.gives("y"), {"clips"}) == "Clip");
}

TEST_CASE("Activations that were taken apart are put together") {
  auto swish = SmallNet({1, 8});
  swish.number("three", 3).number("zero", 0).number("six", 6);
  swish.node("Add", {"x", "three"}, {"a"})
      .node("Clip", {"a", "zero", "six"}, {"b"})
      .node("Mul", {"x", "b"}, {"c"})
      .node("Div", {"c", "six"}, {"y"});
  CHECK(after(swish.gives("y"), {"hard_swish"}) == "HardSwish");
  auto first = SmallNet({1, 8});
  first.number("three", 3).number("zero", 0).number("six", 6);
  first.node("Add", {"three", "x"}, {"a"})
      .node("Clip", {"a", "zero", "six"}, {"b"})
      .node("Div", {"b", "six"}, {"c"})
      .node("Mul", {"c", "x"}, {"y"});
  CHECK(after(first.gives("y"), {"hard_swish"}) == "HardSwish");
  auto other = SmallNet({1, 8});  // five is not six
  other.number("three", 3).number("zero", 0).number("five", 5);
  other.node("Add", {"x", "three"}, {"a"})
      .node("Clip", {"a", "zero", "five"}, {"b"})
      .node("Mul", {"x", "b"}, {"c"})
      .node("Div", {"c", "five"}, {"y"});
  CHECK(after(other.gives("y"), {"hard_swish"}) == "Add Clip Mul Div");
  auto gelu = SmallNet({1, 8}, 20);
  gelu.number("root", 1.41421356f).number("one", 1).number("half", 0.5f);
  gelu.node("Div", {"x", "root"}, {"a"})
      .node("Erf", {"a"}, {"b"})
      .node("Add", {"b", "one"}, {"c"})
      .node("Mul", {"x", "c"}, {"d"})
      .node("Mul", {"d", "half"}, {"y"});
  CHECK(after(gelu.gives("y"), {"gelu"}) == "Gelu");
}

TEST_CASE("A normalisation over the last dimension is put together") {
  for (const bool shared : {false, true}) {
    auto net = SmallNet({2, 3, 16});
    net.weights("g", {16}).weights("b", {16}).number("e", 1e-5f).number("two", 2);
    const std::vector<graph::Attribute> last{attribute("axes", std::vector<int64_t>{-1})};
    net.node("ReduceMean", {"x"}, {"m"}, last)
        .node("Sub", {"x", "m"}, {"d"})
        .node("Pow", {"d", "two"}, {"s"})
        .node("ReduceMean", {"s"}, {"v"}, last);
    net.node("Add", {"v", "e"}, {"w"})
        .node("Sqrt", {"w"}, {"r"})
        .node("Div", {"d", "r"}, {"n"})
        .node("Mul", {"n", "g"}, {"p"})
        .node("Add", {"p", "b"}, {"q"});
    net.node(shared ? "Mul" : "Relu",
             shared ? std::vector<std::string>{"q", "d"} : std::vector<std::string>{"q"}, {"y"});
    CHECK(after(net.gives("y"), {"layer_norm"}) ==
          (shared ? "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add Mul" : "LayerNormalization Relu"));
  }
}

void same_at(const Model& before, int64_t opset) {
  Model model = before;
  const auto done = graph::upgrade(model, opset);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
  const auto apart = testing::distance(before, model, testing::random_inputs(before, 5));
  REQUIRE_MESSAGE(apart.has_value(), (apart ? "" : apart.error().what));
  CHECK(*apart == 0);
}

TEST_CASE("Old ways of saying become new ones with the same results") {
  if (testing::runtime() == nullptr) return;
  const std::vector<int64_t> last{-1};
  for (const int64_t opset : {17, 21}) {
    CAPTURE(opset);
    same_at(SmallNet({2, 3, 4}, 8).node("Softmax", {"x"}, {"y"}, {attribute("axis", int64_t{1})}).gives("y"),
            opset);
    same_at(SmallNet({2, 3, 4}, 8).node("Softmax", {"x"}, {"y"}, {attribute("axis", int64_t{2})}).gives("y"),
            opset);
    same_at(SmallNet({2, 3, 4}, 8)
                .node("Clip", {"x"}, {"y"}, {attribute("min", -0.5f), attribute("max", 0.5f)})
                .gives("y"),
            opset);
    same_at(SmallNet({2, 3, 4}, 8)
                .node("Slice", {"x"}, {"y"},
                      {attribute("starts", ones(1)), attribute("ends", std::vector<int64_t>{3}),
                       attribute("axes", ones(1))})
                .gives("y"),
            opset);
    same_at(SmallNet({1, 2, 4, 4}, 8)
                .node("Pad", {"x"}, {"y"}, {attribute("pads", ones(8)), attribute("value", 2.5f)})
                .gives("y"),
            opset);
    same_at(SmallNet({1, 2, 4, 4}, 8)
                .node("Upsample", {"x"}, {"y"},
                      {attribute("mode", std::string("nearest")),
                       attribute("scales", std::vector<float>{1, 1, 2, 2})})
                .gives("y"),
            opset);
    same_at(SmallNet({1, 2, 4, 4}, 8)
                .node("Upsample", {"x"}, {"y"},
                      {attribute("mode", std::string("linear")),
                       attribute("scales", std::vector<float>{1, 1, 2, 2})})
                .gives("y"),
            opset);
    same_at(SmallNet({2, 3, 4}, 8).node("ReduceMean", {"x"}, {"y"}, {attribute("axes", ones(1))}).gives("y"),
            opset);
    same_at(
        SmallNet({2, 3, 4}, 8)
            .node("ReduceSum", {"x"}, {"y"}, {attribute("axes", ones(1)), attribute("keepdims", int64_t{0})})
            .gives("y"),
        opset);
    same_at(SmallNet({2, 1, 4}, 8)
                .node("Squeeze", {"x"}, {"a"}, {attribute("axes", ones(1))})
                .node("Unsqueeze", {"a"}, {"y"}, {attribute("axes", ones(1))})
                .gives("y"),
            opset);
    same_at(SmallNet({2, 4}, 8)
                .node("Split", {"x"}, {"a", "b"},
                      {attribute("axis", int64_t{1}), attribute("split", std::vector<int64_t>{1, 3})})
                .node("Neg", {"b"}, {"y"})
                .gives("y"),
            opset);
    same_at(SmallNet({2, 4}, 8).node("Split", {"x"}, {"a", "y"}, {attribute("axis", int64_t{1})}).gives("y"),
            opset);
    same_at(SmallNet({2, 4}, 8).node("TopK", {"x"}, {"y", "i"}, {attribute("k", int64_t{2})}).gives("y"),
            opset);
    same_at(SmallNet({2, 4}, 8)
                .node("Dropout", {"x"}, {"a"}, {attribute("ratio", 0.3f)})
                .node("Relu", {"a"}, {"y"})
                .gives("y"),
            opset);
  }
}

TEST_CASE("A model that no rule can raise says why and stays as it was") {
  auto old = SmallNet({1, 4}, 6).node("Relu", {"x"}, {"y"}).gives("y");
  CHECK(graph::upgrade(old, 17).error().what.find("opset 6") != std::string::npos);
  auto future = SmallNet({1, 4}, 99).node("Relu", {"x"}, {"y"}).gives("y");
  CHECK(!graph::upgrade(future, 17));
  auto scan = SmallNet({1, 4}, 8).node("Scan", {"x"}, {"y"}).gives("y");
  const auto done = graph::upgrade(scan, 17);
  REQUIRE(!done);
  CHECK(done.error().what.find("Scan that makes 'y'") != std::string::npos);
  CHECK(graph::opset_of(scan) == 8);
  auto nothing = SmallNet({1, 4}, 8).node("Upsample", {"x"}, {}).gives("y");
  CHECK(graph::upgrade(nothing, 17).error().what.find("has no input or no output") != std::string::npos);
}

}  // namespace
}  // namespace oree::passes

#include "core/graph/shapes/infer.h"

#include <doctest/doctest.h>

#include "core/graph/numbers.h"

namespace oree::graph {
namespace {

Model net(std::vector<Dim> input, std::vector<Node> nodes, std::vector<Tensor> weights = {}) {
  Model model;
  model.opsets = {{"", 17}, {"com.microsoft", 1}};
  model.graph.inputs = {{"x", tensor_type(DataType::f32, std::move(input))}};
  model.graph.nodes = std::move(nodes);
  model.graph.initializers = std::move(weights);
  return model;
}

std::string type_of(const Model& model, const std::string& name) {
  const auto found = infer(model);
  if (!found) return found.error().what;
  const auto type = found->types.find(name);
  return type == found->types.end() ? "none" : type_text(type->second);
}

Tensor floats(std::string name, std::vector<int64_t> dims) {
  const std::vector<float> values(element_count(dims), 1);
  return tensor_of(std::move(name), std::move(dims), values);
}

Tensor ints(std::string name, std::vector<int64_t> values) {
  return tensor_of(std::move(name), {static_cast<int64_t>(values.size())}, std::span<const int64_t>(values));
}

TEST_CASE("Convolutions and pools count their windows") {
  const std::vector<Dim> image{{-1, "batch"}, {3, ""}, {224, ""}, {224, ""}};
  const auto conv = [&](std::vector<Attribute> attributes) {
    return type_of(net(image, {make_node("Conv", {"x", "w"}, {"y"}, std::move(attributes))},
                       {floats("w", {8, 3, 3, 3})}),
                   "y");
  };
  CHECK(conv({}) == "FLOAT[batch,8,222,222]");
  CHECK(conv({attribute("strides", std::vector<int64_t>{2, 2}),
              attribute("pads", std::vector<int64_t>{1, 1, 1, 1})}) == "FLOAT[batch,8,112,112]");
  CHECK(conv({attribute("auto_pad", std::string("SAME_UPPER")),
              attribute("strides", std::vector<int64_t>{2, 2})}) == "FLOAT[batch,8,112,112]");
  CHECK(conv({attribute("dilations", std::vector<int64_t>{2, 2})}) == "FLOAT[batch,8,220,220]");
  CHECK(conv({attribute("strides", std::vector<int64_t>{0, 1})}).find("impossible") != std::string::npos);
  CHECK(conv({attribute("group", int64_t{3})}).find("has weights for 3 channels") != std::string::npos);
  CHECK(type_of(net(image, {make_node("MaxPool", {"x"}, {"y"},
                                      {attribute("kernel_shape", std::vector<int64_t>{3, 3}),
                                       attribute("strides", std::vector<int64_t>{2, 2}),
                                       attribute("ceil_mode", int64_t{1})})}),
                "y") == "FLOAT[batch,3,112,112]");
}

TEST_CASE("Shapes that the graph computes itself are followed") {
  const Model model = net({{-1, "batch"}, {8, ""}, {4, ""}, {4, ""}},
                          {make_node("Shape", {"x"}, {"s"}), make_node("Gather", {"s", "zero"}, {"b"}),
                           make_node("Unsqueeze", {"b", "axes"}, {"b1"}),
                           make_node("Concat", {"b1", "open"}, {"target"}, {attribute("axis", int64_t{0})}),
                           make_node("Reshape", {"x", "target"}, {"y"})},
                          {tensor_of("zero", {}, std::span<const int64_t>(std::vector<int64_t>{0})),
                           ints("axes", {0}), ints("open", {-1})});
  CHECK(type_of(model, "y") == "FLOAT[batch,?]");
  Model fixed = model;
  fixed.graph.inputs[0].type.dims[0] = {2, ""};
  CHECK(type_of(fixed, "y") == "FLOAT[2,128]");
}

TEST_CASE("Reshape keeps, opens and refuses") {
  const auto reshape = [](std::vector<int64_t> target) {
    return type_of(net({{2, ""}, {3, ""}, {4, ""}}, {make_node("Reshape", {"x", "t"}, {"y"})},
                       {ints("t", std::move(target))}),
                   "y");
  };
  CHECK(reshape({0, -1}) == "FLOAT[2,12]");
  CHECK(reshape({4, 6}) == "FLOAT[4,6]");
  CHECK(reshape({5, 5}).find("Reshape that makes 'y'") == 0);
  CHECK(reshape({-1, -1}).find("leaves two dimensions open") != std::string::npos);
}

TEST_CASE("Slices, splits and reductions") {
  const std::vector<Dim> x{{2, ""}, {10, ""}};
  CHECK(type_of(net(x, {make_node("Slice", {"x", "a", "b", "d", "e"}, {"y"})},
                    {ints("a", {-3}), ints("b", {100}), ints("d", {1}), ints("e", {2})}),
                "y") == "FLOAT[2,2]");
  CHECK(type_of(net(x, {make_node("Slice", {"x", "a", "b", "d", "e"}, {"y"})},
                    {ints("a", {9}), ints("b", {-100}), ints("d", {1}), ints("e", {-3})}),
                "y") == "FLOAT[2,4]");
  CHECK(type_of(net(x, {make_node("Split", {"x"}, {"y", "z"}, {attribute("axis", int64_t{1})})}), "z") ==
        "FLOAT[2,5]");
  CHECK(type_of(net(x, {make_node("ReduceMean", {"x"}, {"y"},
                                  {attribute("axes", std::vector<int64_t>{-1}),
                                   attribute("keepdims", int64_t{0})})}),
                "y") == "FLOAT[2]");
  CHECK(type_of(net(x, {make_node("ReduceMean", {"x"}, {"y"}, {attribute("axes", std::vector<int64_t>{5})})}),
                "y")
            .find("reduces axis 5") != std::string::npos);
}

TEST_CASE("What is declared fills what no rule knows") {
  Model model =
      net({{2, ""}}, {make_node("Custom", {"x"}, {"y"}, {}, "of.mine"), make_node("Relu", {"y"}, {"z"})});
  model.graph.values = {{"y", tensor_type(DataType::f16, {{7, ""}})}};
  CHECK(type_of(model, "z") == "FLOAT16[7]");
  REQUIRE(infer_types(model));
  CHECK(type_text(find_value(model.graph, "z")->type) == "FLOAT16[7]");
  CHECK(infer(model)->without_rule == std::vector<std::string>{"Custom"});
}

TEST_CASE("Broadcasting keeps symbols and refuses what does not fit") {
  const Model fits =
      net({{-1, "n"}, {1, ""}, {5, ""}}, {make_node("Add", {"x", "w"}, {"y"})}, {floats("w", {4, 5})});
  CHECK(type_of(fits, "y") == "FLOAT[n,4,5]");
  const Model not_fits = net({{2, ""}, {3, ""}}, {make_node("Add", {"x", "w"}, {"y"})}, {floats("w", {4})});
  CHECK(type_of(not_fits, "y").find("do not fit each other") != std::string::npos);
}

}  // namespace
}  // namespace oree::graph

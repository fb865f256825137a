#include "core/graph/check/check.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/graph/numbers.h"

namespace oree::graph {
namespace {

Model good() {
  Model model;
  model.opsets = {{"", 17}};
  model.graph.inputs = {{"x", tensor_type(DataType::f32, {{1, ""}, {4, ""}})}};
  model.graph.outputs = {{"y", {}}};
  model.graph.initializers = {scalar("c", 2)};
  model.graph.nodes = {make_node("Relu", {"a"}, {"y"}), make_node("Mul", {"x", "c"}, {"a"})};
  return model;
}

std::string why(const Model& model) {
  const auto done = check(model);
  return done ? "good" : done.error().what;
}

TEST_CASE("A good model passes, in whatever order its nodes stand") {
  CHECK(why(good()) == "good");
}

TEST_CASE("Each mistake is named with the node that makes it") {
  Model model = good();
  model.graph.nodes[1].inputs[1] = "nobody";
  CHECK(why(model) == "Mul that makes 'a': reads 'nobody', which nothing makes");
  model = good();
  model.graph.nodes.push_back(make_node("Neg", {"x"}, {"a"}));
  CHECK(why(model).find("makes 'a', which is made already") != std::string::npos);
  model = good();
  model.graph.nodes[1].inputs[1] = "y";
  CHECK(why(model).find("in a circle") != std::string::npos);
  model = good();
  model.graph.nodes[0].op = "Frobnicate";
  CHECK(why(model).find("is no operator of ONNX") != std::string::npos);
  model = good();
  model.graph.nodes[0].op = "Gelu";
  CHECK(why(model) == "Gelu that makes 'y': does not exist at opset 17, it came with 20");
  model = good();
  model.graph.nodes[0].inputs.push_back("x");
  CHECK(why(model) == "Relu that makes 'y': has 2 inputs");
  model = good();
  model.graph.nodes[0].domain = "of.mine";
  CHECK(why(model).find("domain 'of.mine', which the model does not import") != std::string::npos);
  model = good();
  model.graph.nodes[0].outputs[0].clear();
  CHECK(why(model).find("makes nothing") != std::string::npos);
  model = good();
  model.graph.outputs[0].name = "z";
  CHECK(why(model) == "nothing makes the output 'z'");
  model = good();
  model.graph.initializers.push_back(scalar("c", 3));
  CHECK(why(model) == "there are two initializers 'c'");
  model = good();
  model.opsets[0].version = 99;
  CHECK(why(model).find("opset 99 is none of 1 to 28") != std::string::npos);
  model = good();
  model.ir_version = 77;
  CHECK(why(model).find("IR version 77") != std::string::npos);
  model = good();
  model.graph.initializers.push_back(tensor_of("w", {3, 2}, std::vector<float>(6)));
  model.graph.nodes[0] = make_node("MatMul", {"a", "w"}, {"y"});
  CHECK(why(model).find("whose inner sizes differ") != std::string::npos);
}

TEST_CASE("The table of operators is whole") {
  REQUIRE(find_operator("Abs") != nullptr);
  REQUIRE(find_operator("Xor") != nullptr);
  CHECK(find_operator("LSTM")->inputs_most == 8);
  CHECK(find_operator("Concat")->inputs_most == -1);
  CHECK(find_operator("Upsample")->gone == 10);
  CHECK(find_operator("Nothing") == nullptr);
}

TEST_CASE("Weights that are no numbers are counted") {
  Model model = good();
  CHECK(check_weights(model));
  const std::vector<float> values{1, std::numeric_limits<float>::quiet_NaN(),
                                  std::numeric_limits<float>::infinity()};
  model.graph.initializers.push_back(tensor_of("w", {3}, values));
  CHECK(check_weights(model).error().what.find("tensor 'w' holds 2 numbers") != std::string::npos);
}

}  // namespace
}  // namespace oree::graph

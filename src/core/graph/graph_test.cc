#include "core/graph/graph.h"

#include <doctest/doctest.h>

#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "core/graph/part.h"

namespace oree::graph {
namespace {

Graph chain() {
  Graph graph;
  graph.inputs = {{"x", tensor_type(DataType::f32, {{-1, "batch"}, {4, ""}})}};
  graph.outputs = {{"y", tensor_type(DataType::f32, {{-1, "batch"}, {4, ""}})}};
  graph.initializers = {scalar("c", 2)};
  graph.nodes = {make_node("Relu", {"a"}, {"b"}), make_node("Mul", {"x", "c"}, {"a"}),
                 make_node("Add", {"b", "a"}, {"y"})};
  return graph;
}

TEST_CASE("Attributes are found by name and kind") {
  Node node = make_node("Conv", {"x"}, {"y"},
                        {attribute("group", int64_t{4}), attribute("pads", std::vector<int64_t>{1, 1})});
  CHECK(int_or(node, "group", 1) == 4);
  CHECK(int_or(node, "pads", 7) == 7);
  CHECK(ints_or(node, "pads", {}) == std::vector<int64_t>{1, 1});
  CHECK(float_or(node, "alpha", 0.5f) == 0.5f);
  set_attribute(node, attribute("group", int64_t{1}));
  CHECK(int_or(node, "group", 9) == 1);
  CHECK(node.attributes.size() == 2);
}

TEST_CASE("The index knows makers, readers and outputs") {
  const Graph graph = chain();
  const Index index(graph);
  CHECK(index.producer("a") == 1);
  CHECK(index.producer_node("x") == nullptr);
  CHECK(index.uses("a").size() == 2);
  CHECK(index.read_once("b"));
  CHECK(!index.read_once("y"));
  CHECK(index.constant("c") != nullptr);
  CHECK(index.is_output("y"));
}

TEST_CASE("An initializer that a caller may replace is no constant") {
  Graph graph = chain();
  graph.inputs.push_back({"c", tensor_type(DataType::f32, {})});
  CHECK(Index(graph).initializer("c") != nullptr);
  CHECK(Index(graph).constant("c") == nullptr);
}

TEST_CASE("A nested graph's reading counts, and renaming reaches it") {
  Graph graph = chain();
  Graph nested;
  nested.nodes = {make_node("Neg", {"b"}, {"inner"})};
  nested.outputs = {{"inner", {}}};
  Node node = make_node("If", {"x"}, {"z"});
  Attribute branch;
  branch.name = "then_branch";
  branch.kind = AttributeKind::graph;
  branch.graphs = {nested};
  node.attributes = {branch};
  graph.nodes.push_back(node);
  const Index index(graph);
  REQUIRE(index.uses("b").size() == 2);
  CHECK(index.uses("b")[1].input == Use::kCaptured);
  rename_reads(graph, "b", "other");
  CHECK(graph.nodes[3].attributes[0].graphs[0].nodes[0].inputs[0] == "other");
  CHECK(graph.nodes[2].inputs[0] == "other");
}

TEST_CASE("Nodes are put in order, and circles are refused by name") {
  Graph graph = chain();
  REQUIRE(sort_nodes(graph));
  CHECK(graph.nodes[0].op == "Mul");
  CHECK(graph.nodes[1].op == "Relu");
  CHECK(graph.nodes[2].op == "Add");
  graph.nodes[0].inputs[0] = "y";
  const auto sorted = sort_nodes(graph);
  REQUIRE(!sorted);
  CHECK(
      sorted.error().what ==
      "3 nodes wait for each other in a circle: Mul that makes 'a', Relu that makes 'b', Add that makes 'y'");
}

TEST_CASE("Fresh names are fresh") {
  FreshNames fresh(chain());
  CHECK(fresh("a") == "a_2");
  CHECK(fresh("a") == "a_3");
  CHECK(fresh("new") == "new");
}

TEST_CASE("Types read as people write them") {
  CHECK(type_text(tensor_type(DataType::i4, {{-1, "batch"}, {3, ""}, {-1, ""}})) == "INT4[batch,3,?]");
  Type list;
  list.kind = TypeKind::sequence;
  list.inner = {tensor_type(DataType::f32, {})};
  CHECK(type_text(list) == "sequence(FLOAT[])");
}

TEST_CASE("A part of a network reads what was made before it and gives what is read behind it") {
  Model model;
  model.graph = chain();
  REQUIRE(sort_nodes(model.graph));  // Mul x c -> a, Relu a -> b, Add b a -> y
  const Index index(model.graph);
  const Result<Inference> types = infer(model);
  REQUIRE(types);
  CHECK(read_behind(index, {0, 1}) == std::vector<std::string>{"a"});
  CHECK(read_behind(index, {1, 3}).empty());
  const Result<Model> front = part_of(model, index, *types, {0, 1}, read_behind(index, {0, 1}));
  REQUIRE(front);
  CHECK(front->graph.inputs.size() == 1);
  CHECK(front->graph.initializers.size() == 1);
  CHECK(front->graph.outputs[0].name == "a");
  const Result<Model> back = part_of(model, index, *types, {1, 3}, std::vector<std::string>{"y"});
  REQUIRE(back);
  REQUIRE(back->graph.inputs.size() == 1);
  CHECK(back->graph.inputs[0].name == "a");
  CHECK(type_text(back->graph.inputs[0].type) == "FLOAT[batch,4]");
  CHECK(back->graph.initializers.empty());
}

TEST_CASE("A part is refused when what it would read has no known type") {
  Model model;
  model.graph = chain();
  model.graph.nodes[1].domain = "foreign";
  REQUIRE(sort_nodes(model.graph));
  const Index index(model.graph);
  const Result<Inference> types = infer(model);
  REQUIRE(types);
  const Result<Model> back = part_of(model, index, *types, {1, 3}, std::vector<std::string>{"y"});
  REQUIRE_FALSE(back);
  CHECK(back.error().kind == ErrorKind::unsupported);
  CHECK(back.error().what.find("'a'") != std::string::npos);
}

}  // namespace
}  // namespace oree::graph

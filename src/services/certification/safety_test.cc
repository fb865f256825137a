#include "services/certification/safety.h"

#include <doctest/doctest.h>

#include "core/graph/numbers.h"
#include "services/certification/gates.h"

using namespace oree;
using namespace oree::certification;

namespace {

graph::Model plain() {
  graph::Model model;
  model.ir_version = 8;
  model.opsets = {{"", 17}};
  model.graph.name = "g";
  model.graph.inputs.push_back({"x", graph::tensor_type(graph::DataType::f32, {{4, ""}}), ""});
  model.graph.outputs.push_back({"y", graph::tensor_type(graph::DataType::f32, {{4, ""}}), ""});
  model.graph.initializers = {graph::scalar("w", 2.0f)};
  model.graph.nodes = {graph::make_node("Mul", {"x", "w"}, {"a"}), graph::make_node("Relu", {"a"}, {"y"})};
  return model;
}

Gate gate_of(const graph::Model& model) {
  Measurements measured;
  measured.safety = inspect(model);
  for (Gate& gate : judge(measured, {})) {
    if (gate.name == "safety") return gate;
  }
  FAIL("there is no safety gate");
  return {};
}

}  // namespace

TEST_CASE("A network of known operators in one file is safe") {
  CHECK(inspect(plain()).holds());
  CHECK(gate_of(plain()).verdict == Verdict::holds);
}

TEST_CASE("A tensor in another file fails the gate with its name") {
  graph::Model model = plain();
  model.graph.initializers[0].external.location = "../../secrets.bin";
  const Gate gate = gate_of(model);
  CHECK(gate.verdict == Verdict::fails);
  CHECK(gate.why.find("'w'") != std::string::npos);
}

TEST_CASE("A foreign operator fails the gate, however deep it is nested") {
  graph::Model model = plain();
  model.opsets.push_back({"com.example", 1});
  graph::Graph inner;
  inner.name = "inner";
  inner.nodes = {graph::make_node("Teleport", {"x"}, {"z"})};
  inner.nodes[0].domain = "com.example";
  graph::Attribute branch;
  branch.name = "then_branch";
  branch.kind = onnx::AttributeKind::graph;
  branch.graphs = {inner};
  model.graph.nodes.push_back(graph::make_node("If", {"x"}, {"b"}, {branch}));
  const Safety found = inspect(model);
  REQUIRE(found.foreign.size() == 1);
  CHECK(found.foreign[0].find("com.example.Teleport") != std::string::npos);
  CHECK(gate_of(model).verdict == Verdict::fails);
}

TEST_CASE("A circle fails the gate") {
  graph::Model model = plain();
  model.graph.nodes[0].inputs[1] = "y";
  CHECK_FALSE(inspect(model).broken.empty());
  CHECK(gate_of(model).verdict == Verdict::fails);
}

TEST_CASE("What was not looked at is open") {
  const auto gates = judge({}, {});
  CHECK(gates.back().name == "safety");
  CHECK(gates.back().verdict == Verdict::open);
}

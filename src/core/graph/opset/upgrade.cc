#include "core/graph/opset/upgrade.h"

#include <algorithm>
#include <array>

#include "core/graph/opset/adapters.h"

namespace oree::graph {
namespace {

const Adapter* find_adapter(std::span<const Adapter> rows, const Node& node, int64_t version) {
  const auto found = std::ranges::find_if(
      rows, [&](const Adapter& row) { return row.version == version && row.op == node.op; });
  return found == rows.end() ? nullptr : &*found;
}

Status raise_graph(Graph& graph, FreshNames& fresh, int64_t version);

Status raise_node(Node& node, Adapting& adapting, int64_t version) {
  for (const auto rows : {attribute_adapters(), meaning_adapters()}) {
    const Adapter* row = find_adapter(rows, node, version);
    if (row == nullptr) continue;
    if (!has_input(node, 0) || !has_output(node, 0)) {
      return fail(ErrorKind::invalid, node_text(node) + ": has no input or no output");
    }
    if (auto done = row->adapt(node, adapting); !done) return forward(done, node_text(node));
  }
  return {};
}

Status raise_graph(Graph& graph, FreshNames& fresh, int64_t version) {
  std::vector<Node> nodes;
  nodes.reserve(graph.nodes.size());
  for (Node& node : graph.nodes) {
    for (Attribute& attribute : node.attributes) {
      for (Graph& nested : attribute.graphs) {
        if (auto done = raise_graph(nested, fresh, version); !done) return done;
      }
    }
    if (!node.domain.empty()) {
      nodes.push_back(std::move(node));
      continue;
    }
    Adapting adapting{graph, fresh, {}, {}};
    if (auto done = raise_node(node, adapting, version); !done) return done;
    std::ranges::move(adapting.before, std::back_inserter(nodes));
    nodes.push_back(std::move(node));
    std::ranges::move(adapting.after, std::back_inserter(nodes));
  }
  graph.nodes = std::move(nodes);
  return {};
}

struct IrRow {
  int64_t opset, ir;
};
// The releases of ONNX: which IR version came with which opset.
constexpr std::array kIrRows{IrRow{1, 3},   IrRow{9, 4},   IrRow{10, 5},  IrRow{11, 6},  IrRow{12, 7},
                             IrRow{15, 8},  IrRow{19, 9},  IrRow{21, 10}, IrRow{23, 11}, IrRow{24, 11},
                             IrRow{25, 12}, IrRow{26, 13}, IrRow{27, 14}};

}  // namespace

int64_t ir_version_for(int64_t opset) {
  int64_t ir = 3;
  for (const IrRow& row : kIrRows) {
    if (opset >= row.opset) ir = row.ir;
  }
  return ir;
}

size_t free_initializers(Model& model) {
  if (model.ir_version >= 4) return 0;
  const size_t before = model.graph.inputs.size();
  std::erase_if(model.graph.inputs,
                [&](const Value& input) { return find_initializer(model.graph, input.name) != nullptr; });
  model.ir_version = std::max<int64_t>(model.ir_version, 4);
  return before - model.graph.inputs.size();
}

Status upgrade(Model& model, int64_t target) {
  const int64_t now = opset_of(model);
  if (now == 0 &&
      std::ranges::all_of(model.graph.nodes, [](const Node& node) { return !node.domain.empty(); })) {
    return {};
  }
  if (now < kOldestOpset || now > kNewestOpset) {
    return fail(ErrorKind::unsupported, "the model asks for opset " + std::to_string(now) + "; opsets " +
                                            std::to_string(kOldestOpset) + " to " +
                                            std::to_string(kNewestOpset) +
                                            " are understood here, export it again with one of them");
  }
  if (target > kNewestOpset) {
    return fail(ErrorKind::invalid, "opset " + std::to_string(target) +
                                        " does not exist yet as far as this program knows; the newest is " +
                                        std::to_string(kNewestOpset));
  }
  if (now >= target) return {};
  Model raised = model;
  free_initializers(raised);
  FreshNames fresh(raised.graph);
  for (int64_t version = now + 1; version <= target; ++version) {
    if (auto done = raise_graph(raised.graph, fresh, version); !done) {
      return forward(done, "opset " + std::to_string(version));
    }
  }
  set_opset(raised, "", target);
  raised.ir_version = std::max(raised.ir_version, ir_version_for(target));
  model = std::move(raised);
  return {};
}

}  // namespace oree::graph

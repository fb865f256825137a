#include <algorithm>
#include <array>

#include "core/graph/numbers.h"
#include "services/passes/rewrite.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

using graph::Index;
using graph::Node;

const graph::Type* type_of(const Index& index, const std::string& name) {
  const graph::Value* value = index.value(name);
  return value != nullptr ? &value->type : nullptr;
}

bool same_concrete_shape(const Index& index, const Node& node) {
  const graph::Type* in = type_of(index, node.inputs[0]);
  const graph::Type* out = type_of(index, node.outputs[0]);
  if (in == nullptr || out == nullptr || !in->has_shape || !out->has_shape) return false;
  return in->dims == out->dims &&
         std::ranges::all_of(in->dims, [](const graph::Dim& dim) { return dim.known(); });
}

// In inference its mask, if somebody reads it, would be missed.
bool idle_dropout(const Index& index, const Node& node) {
  if (graph::has_output(node, 1) &&
      (!index.uses(node.outputs[1]).empty() || index.is_output(node.outputs[1])))
    return false;
  return !graph::has_input(node, 2) || scalar_of(index, node.inputs[2]) == 0.0f;
}

bool idle_cast(const Index& index, const Node& node) {
  const graph::Type* in = type_of(index, node.inputs[0]);
  return in != nullptr && in->element != graph::DataType::undefined &&
         static_cast<int64_t>(in->element) == graph::int_or(node, "to", 0);
}

bool idle_transpose(const Index&, const Node& node) {
  const auto order = graph::ints_or(node, "perm", {});
  return !order.empty() && std::ranges::is_sorted(order);
}

bool idle_pad(const Index& index, const Node& node) {
  if (!graph::has_input(node, 1)) {
    const auto pads = graph::ints_or(node, "pads", {1});
    return std::ranges::all_of(pads, [](int64_t pad) { return pad == 0; });
  }
  const graph::Tensor* pads = index.constant(node.inputs[1]);
  if (pads == nullptr) return false;
  const auto values = graph::ints_of(*pads);
  return values && std::ranges::all_of(*values, [](int64_t pad) { return pad == 0; });
}

bool always(const Index&, const Node&) {
  return true;
}
bool one_input(const Index&, const Node& node) {
  return node.inputs.size() == 1;
}

struct Row {
  std::string_view op;
  bool (*idle)(const Index& index, const Node& node);
};
constexpr std::array kRows{Row{"Identity", always},
                           Row{"Dropout", idle_dropout},
                           Row{"Cast", idle_cast},
                           Row{"Transpose", idle_transpose},
                           Row{"Pad", idle_pad},
                           Row{"Concat", one_input},
                           Row{"Sum", one_input},
                           Row{"Max", one_input},
                           Row{"Min", one_input},
                           Row{"Reshape", same_concrete_shape},
                           Row{"Flatten", same_concrete_shape},
                           Row{"Expand", same_concrete_shape},
                           Row{"Squeeze", same_concrete_shape},
                           Row{"Unsqueeze", same_concrete_shape}};

}  // namespace

Result<size_t> no_ops(graph::Model& model, const PassContext&) {
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      const Node& node = nodes[n];
      if (!node.domain.empty() || !graph::has_input(node, 0) || !graph::has_output(node, 0)) continue;
      const auto row = std::ranges::find(kRows, node.op, &Row::op);
      if (row != kRows.end() && row->idle(rewrite.index(), node)) rewrite.bypass(n, node.inputs[0]);
    }
    return {};
  });
}

}  // namespace oree::passes

#include <algorithm>
#include <limits>

#include "core/graph/numbers.h"
#include "services/passes/rewrite.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

struct Bounds {
  float low, high;
};
constexpr float kNone = std::numeric_limits<float>::infinity();

// What the node does when it only cuts off below and above.
std::optional<Bounds> bounds_of(const graph::Index& index, const graph::Node& node) {
  if (!node.domain.empty() || node.inputs.empty()) return std::nullopt;
  if (node.op == "Relu") return Bounds{0, kNone};
  if ((node.op == "Max" || node.op == "Min") && node.inputs.size() == 2) {
    const auto bound = scalar_of(index, node.inputs[1]);
    const graph::Tensor* tensor = index.constant(node.inputs[1]);
    if (!bound || !tensor->dims.empty() || tensor->type != graph::DataType::f32) return std::nullopt;
    return node.op == "Max" ? Bounds{*bound, kNone} : Bounds{-kNone, *bound};
  }
  if (node.op != "Clip") return std::nullopt;
  Bounds out{graph::float_or(node, "min", -kNone), graph::float_or(node, "max", kNone)};
  for (size_t i = 1; i <= 2; ++i) {
    if (!graph::has_input(node, i)) continue;
    const auto bound = scalar_of(index, node.inputs[i]);
    if (!bound || index.constant(node.inputs[i])->type != graph::DataType::f32) return std::nullopt;
    (i == 1 ? out.low : out.high) = *bound;
  }
  if (out.high >= std::numeric_limits<float>::max()) out.high = kNone;
  if (out.low <= std::numeric_limits<float>::lowest()) out.low = -kNone;
  return out;
}

// The plainest node for these bounds: Relu where it can be.
graph::Node plainest(Rewrite& rewrite, const graph::Node& like, const std::string& input, Bounds bounds) {
  graph::Node now = graph::make_node("Relu", {input}, like.outputs);
  now.name = like.name;
  if (bounds.low == 0 && bounds.high == kNone) return now;
  now.op = "Clip";
  const auto add = [&](float bound, const char* suffix) {
    return std::abs(bound) == kNone ? std::string()
                                    : rewrite.add(graph::scalar(like.outputs[0] + suffix, bound));
  };
  now.inputs.push_back(add(bounds.low, "_min"));
  if (bounds.high != kNone) now.inputs.push_back(add(bounds.high, "_max"));
  return now;
}

// Two in a row are one when the first is read by the second only.
bool join(Rewrite& rewrite, size_t n, Bounds bounds) {
  const auto& nodes = rewrite.graph().nodes;
  const std::string& between = nodes[n].inputs[0];
  const auto producer = rewrite.index().producer(between);
  if (!producer || !rewrite.index().read_once(between)) return false;
  const auto first = bounds_of(rewrite.index(), nodes[*producer]);
  if (!first || first->low > first->high || bounds.low > bounds.high) return false;
  if (!rewrite.claim({*producer, n})) return false;
  const Bounds both{std::clamp(first->low, bounds.low, bounds.high),
                    std::clamp(first->high, bounds.low, bounds.high)};
  rewrite.replace(n, plainest(rewrite, nodes[n], nodes[*producer].inputs[0], both));
  rewrite.remove(*producer);
  return true;
}

}  // namespace

Result<size_t> clips(graph::Model& model, const PassContext&) {
  if (graph::opset_of(model) < 11) return size_t{0};  // bounds were attributes before
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      const auto bounds = bounds_of(rewrite.index(), nodes[n]);
      if (!bounds || join(rewrite, n, *bounds)) continue;
      const bool plain = nodes[n].op == "Relu" || nodes[n].op == "Clip";
      const bool is_relu = bounds->low == 0 && bounds->high == kNone;
      if ((plain && !(nodes[n].op == "Clip" && is_relu)) || !rewrite.claim({n})) continue;
      rewrite.replace(n, plainest(rewrite, nodes[n], nodes[n].inputs[0], *bounds));
    }
    return {};
  });
}

}  // namespace oree::passes

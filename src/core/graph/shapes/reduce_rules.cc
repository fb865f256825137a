#include <array>

#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

Status reduce(NodeTypes& t) {
  t.out(0, t.element(0));
  const auto axes = t.list("axes", 1);
  if (!t.shaped(0)) return {};
  const bool keep = int_or(t.node, "keepdims", 1) != 0;
  if (!axes) {
    if (keep) t.out(0, t.element(0), Dims(t.dims(0).size()));
    return {};
  }
  if (axes->empty() && int_or(t.node, "noop_with_empty_axes", 0) != 0) {
    t.out(0, t.in(0));
    return {};
  }
  std::vector<bool> gone(t.dims(0).size(), axes->empty());
  for (const int64_t axis : *axes) {
    const auto place = axis_of(axis, t.rank(0));
    if (!place) return t.wrong("reduces axis " + std::to_string(axis) + " of " + std::to_string(t.rank(0)));
    gone[*place] = true;
  }
  Dims dims;
  for (size_t d = 0; d < gone.size(); ++d) {
    if (!gone[d]) {
      dims.push_back(t.dims(0)[d]);
    } else if (keep) {
      dims.push_back({1, ""});
    }
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status arg(NodeTypes& t) {
  t.out(0, DataType::i64);
  if (!t.shaped(0)) return {};
  const auto axis = axis_of(int_or(t.node, "axis", 0), t.rank(0));
  if (!axis)
    return t.wrong("looks along axis " + std::to_string(int_or(t.node, "axis", 0)) + " of " +
                   std::to_string(t.rank(0)));
  Dims dims = t.dims(0);
  if (int_or(t.node, "keepdims", 1) != 0) {
    dims[*axis] = {1, ""};
  } else {
    dims.erase(dims.begin() + static_cast<int64_t>(*axis));
  }
  t.out(0, DataType::i64, std::move(dims));
  return {};
}

constexpr std::array kRows{
    RuleRow{"ReduceL1", reduce},        RuleRow{"ReduceL2", reduce},   RuleRow{"ReduceLogSum", reduce},
    RuleRow{"ReduceLogSumExp", reduce}, RuleRow{"ReduceMax", reduce},  RuleRow{"ReduceMean", reduce},
    RuleRow{"ReduceMin", reduce},       RuleRow{"ReduceProd", reduce}, RuleRow{"ReduceSum", reduce},
    RuleRow{"ReduceSumSquare", reduce}, RuleRow{"ArgMax", arg},        RuleRow{"ArgMin", arg}};

}  // namespace

std::span<const RuleRow> reduce_rules() {
  return kRows;
}

}  // namespace oree::graph

// Operators that move elements about, or make shapes.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/graph/numbers.h"
#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

Status reshape(NodeTypes& t) {
  t.out(0, t.element(0));
  std::optional<Dims> target = t.contents(1);
  if (find_attribute(t.node, "shape") != nullptr) target = known(ints_or(t.node, "shape", {}));  // opset 1
  if (!target) {
    if (t.shaped(1) && t.rank(1) == 1 && t.dims(1)[0].known() && t.dims(1)[0].size <= 32) {
      t.out(0, t.element(0), Dims(static_cast<size_t>(t.dims(1)[0].size)));
    }
    return {};
  }
  const bool zero_is_zero = int_or(t.node, "allowzero", 0) != 0;
  Dims dims = *target;
  std::optional<size_t> open;
  Dim product{1, ""}, total{1, ""};
  for (size_t d = 0; d < dims.size(); ++d) {
    if (dims[d].size == 0 && dims[d].symbol.empty() && !zero_is_zero) {
      dims[d] = t.shaped(0) && d < t.dims(0).size() ? t.dims(0)[d] : Dim{};
    } else if (dims[d].size == -1 && dims[d].symbol.empty()) {
      if (open) return t.wrong("leaves two dimensions open");
      open = d;
      continue;
    } else if (dims[d].size < 0) {
      dims[d].size = -1;
    }
    product = dims[d].known() && product.known() ? times(product, dims[d]) : Dim{};
  }
  if (!t.shaped(0)) total = {};
  for (size_t d = 0; t.shaped(0) && d < t.dims(0).size(); ++d) {
    total = t.dims(0)[d].known() && total.known() ? times(total, t.dims(0)[d]) : Dim{};
  }
  for (Dim& dim : dims) {
    if (dim.size < 0 && dim.symbol.empty()) dim = {};
  }
  if (open) dims[*open] = {};
  if (product.known() && total.known()) {
    if (open && product.size > 0 && total.size % product.size == 0) {
      dims[*open] = {total.size / product.size, ""};
    } else if (open || product.size != total.size) {
      if (!(open && product.size == 0)) {
        return t.wrong("makes " + type_text(tensor_type(t.element(0), *target)) + " of " +
                       std::to_string(total.size) + " elements");
      }
    }
  }
  t.out(0, t.element(0), std::move(dims));
  if (t.contents(0) && t.outputs[0].dims.size() <= 1) t.output_contents = t.contents(0);
  return {};
}

Status flatten(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0)) return {};
  int64_t axis = int_or(t.node, "axis", 1);
  if (axis < 0) axis += t.rank(0);
  if (axis < 0 || axis > t.rank(0))
    return t.wrong("flattens from axis " + std::to_string(axis) + " of " + std::to_string(t.rank(0)));
  Dim rows{1, ""}, columns{1, ""};
  for (int64_t d = 0; d < t.rank(0); ++d) {
    Dim& to = d < axis ? rows : columns;
    to = times(to, t.dims(0)[static_cast<size_t>(d)]);
  }
  t.out(0, t.element(0), {rows, columns});
  return {};
}

Status squeeze(NodeTypes& t) {
  t.out(0, t.element(0));
  t.output_contents = t.contents(0);
  const auto axes = t.list("axes", 1);
  if (!t.shaped(0) || !axes) return {};
  std::vector<bool> gone(t.dims(0).size(), false);
  for (const int64_t axis : *axes) {
    const auto place = axis_of(axis, t.rank(0));
    if (!place) return t.wrong("squeezes axis " + std::to_string(axis) + " of " + std::to_string(t.rank(0)));
    gone[*place] = true;
  }
  const bool all = axes->empty();
  Dims dims;
  for (size_t d = 0; d < gone.size(); ++d) {
    if (all && !t.dims(0)[d].known()) return {};  // whether it is 1 only the run can tell
    if (!(all ? t.dims(0)[d].size == 1 : gone[d])) dims.push_back(t.dims(0)[d]);
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status unsqueeze(NodeTypes& t) {
  t.out(0, t.element(0));
  const auto axes = t.list("axes", 1);
  if (!t.shaped(0) || !axes) return {};
  const int64_t rank = t.rank(0) + static_cast<int64_t>(axes->size());
  std::vector<bool> fresh(static_cast<size_t>(rank), false);
  for (const int64_t axis : *axes) {
    const auto place = axis_of(axis, rank);
    if (!place || fresh[*place])
      return t.wrong("puts in axis " + std::to_string(axis) + " of " + std::to_string(rank));
    fresh[*place] = true;
  }
  Dims dims;
  auto next = t.dims(0).begin();
  for (const bool is_fresh : fresh) dims.push_back(is_fresh ? Dim{1, ""} : *next++);
  t.out(0, t.element(0), std::move(dims));
  if (rank <= 1) t.output_contents = t.contents(0);
  return {};
}

Status transpose(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0)) return {};
  auto order = ints_or(t.node, "perm", {});
  if (order.empty()) {
    for (int64_t d = t.rank(0); d-- > 0;) order.push_back(d);
  }
  if (static_cast<int64_t>(order.size()) != t.rank(0))
    return t.wrong("orders " + std::to_string(order.size()) + " dimensions of " + std::to_string(t.rank(0)));
  Dims dims;
  for (const int64_t axis : order) {
    const auto place = axis_of(axis, t.rank(0));
    if (!place) return t.wrong("orders by axis " + std::to_string(axis));
    dims.push_back(t.dims(0)[*place]);
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status expand(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || !t.contents(1)) return {};
  Dims target = *t.contents(1);
  for (Dim& dim : target) {
    if (dim.size < 0) dim.size = -1;
  }
  auto dims = broadcast(t.dims(0), target);
  if (!dims) return forward(dims);
  t.out(0, t.element(0), std::move(*dims));
  return {};
}

Status tile(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0)) return {};
  const auto repeats = t.numbers(1);
  Dims dims(t.dims(0).size());
  if (repeats && repeats->size() == dims.size()) {
    for (size_t d = 0; d < dims.size(); ++d) dims[d] = times(t.dims(0)[d], {(*repeats)[d], ""});
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

// The numbers of a list, unknown ones where only its length is known.
std::optional<Dims> listed(const NodeTypes& t, size_t i) {
  if (t.contents(i) || t.rank(i) != 1 || facts(t.element(i)).floating) return t.contents(i);
  const Dim& length = t.dims(i)[0];
  if (!length.known() || length.size > 16) return std::nullopt;
  return Dims(static_cast<size_t>(length.size), Dim{kUnknownNumber, ""});
}

Status concat(NodeTypes& t) {
  const DataType element = t.element(0);
  t.out(0, element);
  for (size_t i = 0; i < t.node.inputs.size(); ++i) {
    if (!t.shaped(i)) return {};
  }
  if (t.node.inputs.empty()) return t.wrong("joins nothing");
  const auto axis = axis_of(int_or(t.node, "axis", 1), t.rank(0));
  if (!axis)
    return t.wrong("joins along axis " + std::to_string(int_or(t.node, "axis", 1)) + " of " +
                   std::to_string(t.rank(0)));
  Dims dims = t.dims(0);
  std::optional<Dims> contents = listed(t, 0);
  for (size_t i = 1; i < t.node.inputs.size(); ++i) {
    if (t.rank(i) != t.rank(0))
      return t.wrong("joins tensors of " + std::to_string(t.rank(0)) + " and " + std::to_string(t.rank(i)) +
                     " dimensions");
    for (size_t d = 0; d < dims.size(); ++d) {
      const Dim& other = t.dims(i)[d];
      if (d == *axis) {
        dims[d] = dims[d].known() && other.known() ? plus(dims[d], other.size) : Dim{};
      } else if (!dims[d].known() && other.known()) {
        dims[d] = other;
      } else if (dims[d].known() && other.known() && dims[d].size != other.size) {
        return t.wrong("joins " + type_text(t.in(0)) + " and " + type_text(t.in(i)) + " along axis " +
                       std::to_string(*axis));
      }
    }
    const auto more = listed(t, i);
    if (contents && more) {
      contents->insert(contents->end(), more->begin(), more->end());
    } else {
      contents.reset();
    }
  }
  t.out(0, element, std::move(dims));
  if (contents && t.rank(0) == 1) t.output_contents = std::move(contents);
  return {};
}

Status shape_of(NodeTypes& t) {
  if (!t.shaped(0)) {
    t.out(0, DataType::i64, Dims(1));
    return {};
  }
  const int64_t rank = t.rank(0);
  const auto bounded = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t from = bounded(int_or(t.node, "start", 0)),
                to = std::max(from, bounded(int_or(t.node, "end", rank)));
  t.out(0, DataType::i64, {{to - from, ""}});
  Dims contents(t.dims(0).begin() + from, t.dims(0).begin() + to);
  for (Dim& dim : contents) {
    if (!dim.known()) dim.size = kUnknownNumber;
  }
  t.output_contents = std::move(contents);
  return {};
}

Status size_of(NodeTypes& t) {
  t.out(0, DataType::i64, Dims{});
  if (!t.shaped(0)) return {};
  Dim all{1, ""};
  for (const Dim& dim : t.dims(0)) all = dim.known() && all.known() ? times(all, dim) : Dim{};
  if (all.known()) t.output_contents = Dims{all};
  return {};
}

Status constant_of_shape(NodeTypes& t) {
  const Attribute* value = find_attribute(t.node, "value");
  const DataType element =
      value != nullptr && !value->tensors.empty() ? value->tensors[0].type : DataType::f32;
  if (!t.contents(0)) {
    t.out(0, element);
    if (t.shaped(0) && t.rank(0) == 1 && t.dims(0)[0].known() && t.dims(0)[0].size <= 32) {
      t.out(0, element, Dims(static_cast<size_t>(t.dims(0)[0].size)));
    }
    return {};
  }
  Dims dims = *t.contents(0);
  for (Dim& dim : dims) {
    if (dim.size < 0) dim.size = -1;
  }
  t.out(0, element, std::move(dims));
  return {};
}

Status range(NodeTypes& t) {
  t.out(0, t.element(0), Dims(1));
  const auto from = t.numbers(0), to = t.numbers(1), step = t.numbers(2);
  if (!from || !to || !step || from->size() != 1 || to->size() != 1 || step->size() != 1 || step->at(0) == 0)
    return {};
  const double count = std::ceil((static_cast<double>(to->at(0)) - static_cast<double>(from->at(0))) /
                                 static_cast<double>(step->at(0)));
  if (count > 1e12) return {};
  t.out(0, t.element(0), {{std::max<int64_t>(0, static_cast<int64_t>(count)), ""}});
  return {};
}

Status pad(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0)) return {};
  const auto pads = t.list("pads", 1);
  Dims dims(t.dims(0).size());
  std::vector<int64_t> axes;
  if (has_input(t.node, 3)) {
    const auto given = t.numbers(3);
    if (!given || !pads) return t.out(0, t.element(0), std::move(dims)), Status{};
    axes = *given;
  } else {
    for (int64_t d = 0; d < t.rank(0); ++d) axes.push_back(d);
  }
  if (!pads || pads->size() != 2 * axes.size()) return t.out(0, t.element(0), std::move(dims)), Status{};
  dims = t.dims(0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto place = axis_of(axes[i], t.rank(0));
    if (!place) return t.wrong("pads axis " + std::to_string(axes[i]));
    int64_t both = 0;
    const bool fits = !__builtin_add_overflow((*pads)[i], (*pads)[axes.size() + i], &both);
    dims[*place] = fits ? plus(dims[*place], both) : Dim{};
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status depth_to_space(NodeTypes& t) {
  t.out(0, t.element(0));
  const int64_t block = int_or(t.node, "blocksize", 0);
  if (!t.shaped(0) || t.rank(0) != 4 || block <= 0 || block > 65536) return {};
  const Dims& in = t.dims(0);
  const Dim wide{block, ""};
  const bool to_space = t.node.op == "DepthToSpace";
  const auto split = [&](const Dim& dim, int64_t by) { return dim.known() ? Dim{dim.size / by, ""} : Dim{}; };
  if (to_space) {
    t.out(0, t.element(0), {in[0], split(in[1], block * block), times(in[2], wide), times(in[3], wide)});
  } else {
    t.out(0, t.element(0),
          {in[0], times(in[1], {block * block, ""}), split(in[2], block), split(in[3], block)});
  }
  return {};
}

Status resize(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0)) return {};
  Dims dims(t.dims(0).size());
  const bool old = t.node.op == "Upsample" || t.opset < 11;
  const auto sizes = old ? std::nullopt : t.numbers(3);
  if (sizes && sizes->size() == dims.size() &&
      text_or(t.node, "keep_aspect_ratio_policy", "stretch") == "stretch" &&
      find_attribute(t.node, "axes") == nullptr) {
    dims = known(*sizes);
  } else if (t.scales && t.scales->size() == dims.size()) {
    for (size_t d = 0; d < dims.size(); ++d) {
      const Dim& in = t.dims(0)[d];
      if (!in.known()) continue;
      const float size = std::floor(static_cast<float>(in.size) * (*t.scales)[d]);
      if (size >= 0 && size < 1e12f) dims[d] = {static_cast<int64_t>(size), ""};
    }
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

constexpr std::array kRows{RuleRow{"Reshape", reshape},
                           RuleRow{"Flatten", flatten},
                           RuleRow{"Squeeze", squeeze},
                           RuleRow{"Unsqueeze", unsqueeze},
                           RuleRow{"Transpose", transpose},
                           RuleRow{"Expand", expand},
                           RuleRow{"Tile", tile},
                           RuleRow{"Concat", concat},
                           RuleRow{"Shape", shape_of},
                           RuleRow{"Size", size_of},
                           RuleRow{"ConstantOfShape", constant_of_shape},
                           RuleRow{"Range", range},
                           RuleRow{"Pad", pad},
                           RuleRow{"DepthToSpace", depth_to_space},
                           RuleRow{"SpaceToDepth", depth_to_space},
                           RuleRow{"Resize", resize},
                           RuleRow{"Upsample", resize}};

}  // namespace

std::span<const RuleRow> shape_rules() {
  return kRows;
}

}  // namespace oree::graph

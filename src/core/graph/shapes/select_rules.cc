// Operators that choose elements.
#include <algorithm>
#include <array>

#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

Status gather(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || !t.shaped(1)) return {};
  const auto axis = axis_of(int_or(t.node, "axis", 0), t.rank(0));
  if (!axis)
    return t.wrong("gathers along axis " + std::to_string(int_or(t.node, "axis", 0)) + " of " +
                   std::to_string(t.rank(0)));
  Dims dims(t.dims(0).begin(), t.dims(0).begin() + static_cast<int64_t>(*axis));
  dims.insert(dims.end(), t.dims(1).begin(), t.dims(1).end());
  dims.insert(dims.end(), t.dims(0).begin() + static_cast<int64_t>(*axis) + 1, t.dims(0).end());
  t.out(0, t.element(0), std::move(dims));
  const auto chosen = t.numbers(1);
  if (!t.contents(0) || !chosen || t.rank(0) != 1) return {};
  Dims contents;
  const auto count = static_cast<int64_t>(t.contents(0)->size());
  for (int64_t at : *chosen) {
    if (at < 0) at += count;
    if (at < 0 || at >= count)
      return t.wrong("takes element " + std::to_string(at) + " of " + std::to_string(count));
    contents.push_back((*t.contents(0))[static_cast<size_t>(at)]);
  }
  t.output_contents = std::move(contents);
  return {};
}

Status gather_elements(NodeTypes& t) {
  t.out(0, t.element(0));
  if (t.shaped(1)) t.out(0, t.element(0), t.dims(1));
  return {};
}

Status gather_nd(NodeTypes& t) {
  t.out(0, t.element(0));
  const int64_t batch = int_or(t.node, "batch_dims", 0);
  if (!t.shaped(0) || !t.shaped(1) || t.rank(1) < 1 || !t.dims(1).back().known()) return {};
  if (batch < 0 || batch > t.rank(0)) return t.wrong("has " + std::to_string(batch) + " batch dimensions");
  const int64_t deep = t.dims(1).back().size + batch;
  if (deep > t.rank(0))
    return t.wrong("indexes " + std::to_string(deep) + " dimensions of " + std::to_string(t.rank(0)));
  Dims dims(t.dims(1).begin(), t.dims(1).end() - 1);
  dims.insert(dims.end(), t.dims(0).begin() + deep, t.dims(0).end());
  t.out(0, t.element(0), std::move(dims));
  return {};
}

struct Cut {
  int64_t axis, from, to, step;
};

// The specification of Slice: what lies outside is clamped, on the other side for negative steps.
int64_t cut_size(int64_t size, Cut cut) {
  const auto clamp = [&](int64_t at, int64_t low, int64_t high) {
    return std::clamp(at < 0 ? at + size : at, low, high);
  };
  int64_t from = 0, to = 0;
  if (cut.step > 0) {
    from = clamp(cut.from, 0, size);
    to = clamp(cut.to, 0, size);
  } else {
    from = clamp(cut.from, 0, size - 1);
    to = std::clamp<int64_t>(cut.to < -size ? -1 : (cut.to < 0 ? cut.to + size : cut.to), -1, size - 1);
  }
  const int64_t span = cut.step > 0 ? to - from : from - to;
  const int64_t step = cut.step > 0 ? cut.step : -cut.step;
  return span <= 0 ? 0 : (span - 1) / step + 1;
}

Status slice(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0)) return {};
  Dims dims(t.dims(0).size());
  const auto from = t.list("starts", 1), to = t.list("ends", 2);
  auto axes = t.list("axes", 3),
       steps = t.opset < 10 ? std::optional(std::vector<int64_t>{}) : t.list("steps", 4);
  if (!from || !to || !axes || !steps || from->size() != to->size()) {
    if (axes && !axes->empty()) {
      dims = t.dims(0);
      for (const int64_t axis : *axes) {
        if (const auto place = axis_of(axis, t.rank(0))) dims[*place] = {};
      }
    }
    t.out(0, t.element(0), std::move(dims));
    return {};
  }
  if (axes->empty()) {
    for (size_t i = 0; i < from->size(); ++i) axes->push_back(static_cast<int64_t>(i));
  }
  if (steps->empty()) steps->assign(from->size(), 1);
  if (axes->size() != from->size() || steps->size() != from->size())
    return t.wrong("has starts, axes and steps of different lengths");
  dims = t.dims(0);
  std::optional<Dims> contents =
      t.rank(0) == 1 && from->size() == 1 && steps->at(0) == 1 ? t.contents(0) : std::nullopt;
  for (size_t i = 0; i < from->size(); ++i) {
    const auto place = axis_of((*axes)[i], t.rank(0));
    const int64_t step = (*steps)[i];
    if (!place || step == 0 || step == std::numeric_limits<int64_t>::min())
      return t.wrong("slices axis " + std::to_string((*axes)[i]) + " by " + std::to_string(step));
    Dim& dim = dims[*place];
    dim = dim.known() ? Dim{cut_size(dim.size, {(*axes)[i], (*from)[i], (*to)[i], step}), ""} : Dim{};
  }
  if (contents && dims[0].known()) {
    const auto count = static_cast<int64_t>(contents->size());
    const int64_t first = std::clamp<int64_t>(from->at(0) < 0 ? from->at(0) + count : from->at(0), 0, count);
    if (first + dims[0].size <= count)
      t.output_contents = Dims(contents->begin() + first, contents->begin() + first + dims[0].size);
  }
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status split(NodeTypes& t) {
  for (size_t o = 0; o < t.outputs.size(); ++o) t.out(o, t.element(0));
  if (!t.shaped(0) || t.outputs.empty()) return {};
  const auto axis = axis_of(int_or(t.node, "axis", 0), t.rank(0));
  if (!axis)
    return t.wrong("splits axis " + std::to_string(int_or(t.node, "axis", 0)) + " of " +
                   std::to_string(t.rank(0)));
  const auto sizes = t.list("split", 1);
  const Dim& whole = t.dims(0)[*axis];
  const auto parts = static_cast<int64_t>(t.outputs.size());
  for (size_t o = 0; o < t.outputs.size(); ++o) {
    Dims dims = t.dims(0);
    dims[*axis] = {};
    if (sizes && sizes->size() == t.outputs.size()) {
      dims[*axis] = {(*sizes)[o], ""};
    } else if (sizes && sizes->empty() && whole.known()) {
      // Equal parts; when they are not, the last one is smaller.
      const int64_t each = (whole.size + parts - 1) / parts;
      const int64_t before = each * static_cast<int64_t>(o);
      dims[*axis] = {std::max<int64_t>(0, std::min(each, whole.size - before)), ""};
    }
    t.out(o, t.element(0), std::move(dims));
  }
  return {};
}

Status one_hot(NodeTypes& t) {
  t.out(0, t.element(2));
  if (!t.shaped(0)) return {};
  int64_t axis = int_or(t.node, "axis", -1);
  if (axis < 0) axis += t.rank(0) + 1;
  if (axis < 0 || axis > t.rank(0)) return t.wrong("puts its axis at " + std::to_string(axis));
  const auto depth = t.numbers(1);
  Dims dims = t.dims(0);
  dims.insert(dims.begin() + axis,
              depth && depth->size() == 1 && depth->at(0) >= 0 ? Dim{depth->at(0), ""} : Dim{});
  t.out(0, t.element(2), std::move(dims));
  return {};
}

Status non_zero(NodeTypes& t) {
  t.out(0, DataType::i64, Dims(2));
  if (t.shaped(0)) t.out(0, DataType::i64, {{t.rank(0), ""}, {}});
  return {};
}

Status top_k(NodeTypes& t) {
  t.out(0, t.element(0));
  t.out(1, DataType::i64);
  if (!t.shaped(0)) return {};
  const auto axis = axis_of(int_or(t.node, "axis", -1), t.rank(0));
  if (!axis)
    return t.wrong("looks along axis " + std::to_string(int_or(t.node, "axis", -1)) + " of " +
                   std::to_string(t.rank(0)));
  std::optional<std::vector<int64_t>> k = t.numbers(1);
  if (find_attribute(t.node, "k") != nullptr) k = std::vector{int_or(t.node, "k", 0)};
  Dims dims = t.dims(0);
  dims[*axis] = k && k->size() == 1 && k->at(0) >= 0 ? Dim{k->at(0), ""} : Dim{};
  t.out(1, DataType::i64, dims);
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status compress(NodeTypes& t) {
  t.out(0, t.element(0));
  if (find_attribute(t.node, "axis") == nullptr) {
    t.out(0, t.element(0), Dims(1));
  } else if (t.shaped(0)) {
    Dims dims = t.dims(0);
    if (const auto axis = axis_of(int_or(t.node, "axis", 0), t.rank(0))) dims[*axis] = {};
    t.out(0, t.element(0), std::move(dims));
  }
  return {};
}

Status unique(NodeTypes& t) {
  t.out(0, t.element(0));
  for (size_t o = 1; o < 4; ++o) t.out(o, DataType::i64, Dims(1));
  return compress(t);
}

Status non_max_suppression(NodeTypes& t) {
  t.out(0, DataType::i64, {{}, {3, ""}});
  return {};
}

constexpr std::array kRows{RuleRow{"Gather", gather},
                           RuleRow{"GatherElements", gather_elements},
                           RuleRow{"GatherND", gather_nd},
                           RuleRow{"Slice", slice},
                           RuleRow{"Split", split},
                           RuleRow{"OneHot", one_hot},
                           RuleRow{"NonZero", non_zero},
                           RuleRow{"TopK", top_k},
                           RuleRow{"Compress", compress},
                           RuleRow{"Unique", unique},
                           RuleRow{"NonMaxSuppression", non_max_suppression}};

}  // namespace

std::span<const RuleRow> select_rules() {
  return kRows;
}

}  // namespace oree::graph

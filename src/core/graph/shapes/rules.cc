#include "core/graph/shapes/rules.h"

#include <algorithm>
#include <unordered_map>

namespace oree::graph {

const Type& NodeTypes::in(size_t i) const {
  static const Type unknown;
  return i < inputs_.size() ? inputs_[i] : unknown;
}

const std::optional<Dims>& NodeTypes::contents(size_t i) const {
  static const std::optional<Dims> none;
  return i < contents_.size() ? contents_[i] : none;
}

std::optional<std::vector<int64_t>> NodeTypes::numbers(size_t i) const {
  const auto& found = contents(i);
  if (!found) return std::nullopt;
  std::vector<int64_t> out;
  for (const Dim& dim : *found) {
    if (!dim.symbol.empty() || dim.size == kUnknownNumber) return std::nullopt;
    out.push_back(dim.size);
  }
  return out;
}

std::optional<std::vector<int64_t>> NodeTypes::list(std::string_view name, size_t i) const {
  if (const Attribute* found = find_attribute(node, name)) return found->ints;
  if (has_input(node, i)) return numbers(i);
  return std::vector<int64_t>{};
}

void NodeTypes::out(size_t o, DataType element, Dims dims) {
  if (o < outputs.size()) outputs[o] = tensor_type(element, std::move(dims));
}

void NodeTypes::out(size_t o, DataType element) {
  if (o >= outputs.size()) return;
  outputs[o] = Type{};
  outputs[o].kind = TypeKind::tensor;
  outputs[o].element = element;
}

void NodeTypes::out(size_t o, Type type) {
  if (o < outputs.size()) outputs[o] = std::move(type);
}

Rule find_rule(std::string_view op) {
  static const std::unordered_map<std::string_view, Rule> rules = [] {
    std::unordered_map<std::string_view, Rule> all;
    for (const auto rows : {elementwise_rules(), window_rules(), matrix_rules(), shape_rules(),
                            select_rules(), reduce_rules(), other_rules()}) {
      for (const RuleRow& row : rows) all.emplace(row.op, row.rule);
    }
    return all;
  }();
  const auto found = rules.find(op);
  return found == rules.end() ? nullptr : found->second;
}

Dims known(std::span<const int64_t> sizes) {
  Dims dims;
  for (const int64_t size : sizes) dims.push_back({size, ""});
  return dims;
}

std::optional<size_t> axis_of(int64_t axis, int64_t rank) {
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return std::nullopt;
  return static_cast<size_t>(axis);
}

Result<Dims> broadcast(const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims out = longer;
  const size_t offset = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    Dim& to = out[offset + i];
    const Dim& other = shorter[i];
    if (to == other && (to.known() || !to.symbol.empty())) continue;
    if (to.size == 1) {
      to = other;
    } else if (other.size == 1) {
      continue;
    } else if (to.known() && other.known()) {
      return fail(ErrorKind::invalid, "shapes " + type_text(tensor_type(DataType::undefined, a)).substr(9) +
                                          " and " + type_text(tensor_type(DataType::undefined, b)).substr(9) +
                                          " do not fit each other");
    } else if (other.known()) {
      to = other;
    } else if (!to.known()) {
      to = {};
    }
  }
  return out;
}

Dim times(const Dim& a, const Dim& b) {
  int64_t product = 0;
  if (a.size == 1) return b;
  if (b.size == 1) return a;
  if (!a.known() || !b.known() || __builtin_mul_overflow(a.size, b.size, &product)) return {};
  return {product, ""};
}

Dim plus(const Dim& a, int64_t b) {
  int64_t sum = 0;
  if (b == 0) return a;
  if (!a.known() || __builtin_add_overflow(a.size, b, &sum) || sum < 0) return {};
  return {sum, ""};
}

}  // namespace oree::graph

#include <array>
#include <map>

#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

Status product(NodeTypes& t, size_t left, size_t right, DataType element) {
  t.out(0, element);
  if (!t.shaped(left) || !t.shaped(right)) return {};
  Dims a = t.dims(left), b = t.dims(right);
  if (a.empty() || b.empty()) return t.wrong("multiplies a scalar");
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), {1, ""});
  if (column) b.push_back({1, ""});
  const Dim &inner = a.back(), &other = b[b.size() - 2];
  if (inner.known() && other.known() && inner.size != other.size) {
    return t.wrong("multiplies " + type_text(tensor_type(element, t.dims(left))) + " by " +
                   type_text(tensor_type(element, t.dims(right))) + ", whose inner sizes differ");
  }
  auto dims = broadcast(Dims(a.begin(), a.end() - 2), Dims(b.begin(), b.end() - 2));
  if (!dims) return forward(dims);
  if (!row) dims->push_back(a[a.size() - 2]);
  if (!column) dims->push_back(b.back());
  t.out(0, element, std::move(*dims));
  return {};
}

Status matmul(NodeTypes& t) {
  return product(t, 0, 1, t.element(0));
}
Status matmul_integer(NodeTypes& t) {
  return product(t, 0, 1, DataType::i32);
}
Status qlinear_matmul(NodeTypes& t) {
  return product(t, 0, 3, t.element(7));
}

Status gemm(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || !t.shaped(1)) return {};
  if (t.rank(0) != 2 || t.rank(1) != 2)
    return t.wrong("takes matrices and gets tensors of " + std::to_string(t.rank(0)) + " and " +
                   std::to_string(t.rank(1)) + " dimensions");
  const bool a = int_or(t.node, "transA", 0) != 0, b = int_or(t.node, "transB", 0) != 0;
  const Dim &inner = t.dims(0)[a ? 0 : 1], &other = t.dims(1)[b ? 1 : 0];
  if (inner.known() && other.known() && inner.size != other.size) {
    return t.wrong("multiplies matrices whose inner sizes are " + std::to_string(inner.size) + " and " +
                   std::to_string(other.size));
  }
  t.out(0, t.element(0), {t.dims(0)[a ? 1 : 0], t.dims(1)[b ? 0 : 1]});
  return {};
}

// com.microsoft: the weights' sizes are attributes.
Status matmul_n_bits(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || t.rank(0) < 1) return {};
  Dims dims = t.dims(0);
  dims.back() = {int_or(t.node, "N", -1), ""};
  t.out(0, t.element(0), std::move(dims));
  return {};
}

// "ij,jk->ik": each letter is a size. Ellipses are left unknown.
Status einsum(NodeTypes& t) {
  t.out(0, t.element(0));
  std::string equation = text_or(t.node, "equation", "");
  std::erase(equation, ' ');
  const size_t arrow = equation.find("->");
  if (equation.find('.') != std::string::npos) return {};
  std::map<char, Dim> sizes;
  std::map<char, int> seen;
  size_t input = 0, place = 0;
  for (const char letter : equation.substr(0, arrow)) {
    if (letter == ',') {
      ++input, place = 0;
      continue;
    }
    ++seen[letter];
    if (!t.shaped(input) || place >= t.dims(input).size()) return {};
    const Dim& dim = t.dims(input)[place++];
    if (!sizes[letter].known() || sizes[letter].size == 1) sizes[letter] = dim;
  }
  std::string result = arrow == std::string::npos ? "" : equation.substr(arrow + 2);
  if (arrow == std::string::npos) {
    for (const auto& [letter, times_seen] : seen) {
      if (times_seen == 1) result += letter;
    }
  }
  Dims dims;
  for (const char letter : result) dims.push_back(sizes[letter]);
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status determinant(NodeTypes& t) {
  t.out(0, t.element(0));
  if (t.shaped(0) && t.rank(0) >= 2) t.out(0, t.element(0), Dims(t.dims(0).begin(), t.dims(0).end() - 2));
  return {};
}

constexpr std::array kRows{RuleRow{"MatMul", matmul},
                           RuleRow{"MatMulInteger", matmul_integer},
                           RuleRow{"QLinearMatMul", qlinear_matmul},
                           RuleRow{"Gemm", gemm},
                           RuleRow{"MatMulNBits", matmul_n_bits},
                           RuleRow{"Einsum", einsum},
                           RuleRow{"Det", determinant}};

}  // namespace

std::span<const RuleRow> matrix_rules() {
  return kRows;
}

}  // namespace oree::graph

#include "services/passes/precision/products.h"

#include <algorithm>
#include <cmath>

#include "core/graph/numbers.h"

namespace oree::passes {

std::optional<Product> product_of(const graph::Index& index, const graph::Node& node, size_t least) {
  const bool gemm = node.op == "Gemm";
  if (!node.domain.empty() || !(gemm || node.op == "MatMul") || !graph::has_input(node, 1))
    return std::nullopt;
  if (gemm && (graph::float_or(node, "alpha", 1) != 1 || graph::float_or(node, "beta", 1) != 1 ||
               graph::int_or(node, "transA", 0) != 0)) {
    return std::nullopt;
  }
  const graph::Tensor* weights = index.constant(node.inputs[1]);
  if (weights == nullptr || weights->type != graph::DataType::f32 || weights->dims.size() != 2 ||
      !weights->external.empty())
    return std::nullopt;
  const auto values = weights->as<float>();
  if (values.size() < least || std::ranges::any_of(values, [](float value) { return !std::isfinite(value); }))
    return std::nullopt;
  Product out{
      node.inputs[0], weights->dims[0], weights->dims[1], {values.begin(), values.end()}, weights->name, ""};
  if (gemm && graph::int_or(node, "transB", 0) != 0) {
    std::swap(out.inner, out.outer);
    for (int64_t k = 0; k < out.inner; ++k) {
      for (int64_t n = 0; n < out.outer; ++n) {
        out.weights[static_cast<size_t>(k * out.outer + n)] = values[static_cast<size_t>(n * out.inner + k)];
      }
    }
  }
  if (gemm && graph::has_input(node, 2)) out.bias = node.inputs[2];
  return out;
}

void finish_product(Rewrite& rewrite, size_t node, const Product& product, graph::Node made) {
  const std::string output = rewrite.graph().nodes[node].outputs[0];
  if (product.bias.empty()) {
    made.outputs = {output};
    rewrite.replace(node, std::move(made));
    return;
  }
  made.outputs = {rewrite.fresh(output + "_product")};
  graph::Node sum = graph::make_node("Add", {made.outputs[0], product.bias}, {output});
  sum.name = rewrite.fresh(output + "_bias");
  rewrite.replace(node, std::move(sum));
  rewrite.add(std::move(made));
}

}  // namespace oree::passes

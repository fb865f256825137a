// The matrix products of a model that have constant float32 weights: MatMul and plain Gemm, seen as x[K] *
// w[K,N] + b[N]. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/passes/rewrite.h"

namespace oree::passes {

struct Product {
  std::string input;
  int64_t inner = 0, outer = 0;  // K, N
  std::vector<float> weights;    // K rows of N, whatever the node's transB
  std::string weights_name;
  std::string bias;  // "" when there is none
};

// nullopt for anything else, for a Gemm with alpha or beta, and for fewer than `least` weights.
std::optional<Product> product_of(const graph::Index& index, const graph::Node& node, size_t least);

// The node that gives the product's output: the Add of the bias, or else an Identity of what `made` made
// under `name`.
void finish_product(Rewrite& rewrite, size_t node, const Product& product, graph::Node made);

}  // namespace oree::passes

// The same quantised network with the integer sums of another machine: every convolution and matrix product
// whose weights could saturate there is replaced by an operator of ours that makes the sums as that machine
// does; the runtime runs the rest. Where the weights prove that nothing can saturate, the runtime's own exact
// sums are the machine's sums, and nothing needs replacing. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/inference/model.h"
#include "core/kernels/target.h"

namespace oree::certification {

// One operator with weights in integers, and what is proven of it.
struct Proof {
  std::string node;
  size_t channels = 0;
  size_t unsafe = 0;        // channels with a pair of weights that can leave 16 bits
  int64_t largest_sum = 0;  // bound of |accumulator|
  bool fits() const { return largest_sum <= 2'147'483'647; }
};

struct Emulation {
  graph::Model model;
  std::vector<std::shared_ptr<const inference::Operator>> operators;
  std::vector<Proof> proofs;  // of every operator with integer weights
  size_t unsafe_layers() const;
};

enum class Replace { unsafe, all };  // all: to hold our sums against the runtime's

Result<Emulation> emulate(const graph::Model& quantised, bool saturating, Replace replace = Replace::unsafe);

}  // namespace oree::certification

// Passes: small changes to a model that keep what it computes and make it quicker, smaller, or readier for
// what comes next.
//
//   PassContext context{.backend = backend.get()};
//   Result<PassReport> report = run_passes(model, default_passes(), context);
//
// One pass is one file and one row of all_passes(). A pass looks at the graph, collects what it will change
// and changes it at once; it returns how many places it changed, so that the runner repeats the passes until
// none changes anything. Passes of kind `exact` keep every output up to rounding; those that lose something
// on purpose (FP16, pruning...) are functions of their own (float16.h, dynamic_int8.h, weight_int4.h,
// pruning.h) and never in the list. Pure but for folding, which runs nodes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/graph.h"
#include "core/inference/model.h"

namespace oree::passes {

struct PassContext {
  inference::Backend* backend = nullptr;         // runs nodes to fold them; null: folding is left out
  uint64_t largest_folded = uint64_t{16} << 20;  // bytes of one tensor that folding may add to the file
};

struct Pass {
  std::string_view name;  // as users write it: "batch_norm"
  std::string_view what;  // what it does, in one sentence
  std::string_view when;  // when it applies
  Result<size_t> (*run)(graph::Model& model, const PassContext& context);
};

std::span<const Pass> all_passes();  // in the order in which they run
// nullptr when there is none of that name.
const Pass* find_pass(std::string_view name);

struct PassReport {
  struct Line {
    std::string pass;
    size_t changes = 0;
  };
  std::vector<Line> lines;  // passes that changed something
  size_t nodes_before = 0, nodes_after = 0;
};

// Runs them in turn until none changes anything (at most 20 rounds). The model is unchanged when this fails.
Result<PassReport> run_passes(graph::Model& model, std::span<const Pass> passes, const PassContext& context);

}  // namespace oree::passes

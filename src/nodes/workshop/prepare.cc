#include "nodes/workshop/prepare.h"

#include "base/text.h"
#include "core/graph/opset/upgrade.h"
#include "services/passes/pass.h"
#include "services/passes/precision/unpack_weights.h"
#include "services/quantisation/pointwise.h"

namespace oree::workshop {

namespace {

// Old enough for every runtime in the field, new enough for weights per channel and for what passes write.
constexpr int64_t kOpset = 17;

}  // namespace

Result<Prepared> prepare(const graph::Model& model, inference::Backend& backend) {
  Prepared prepared{model, {}};
  if (const int64_t from = graph::opset_of(model); from < kOpset) {
    graph::free_initializers(prepared.model);
    if (Status raised = graph::upgrade(prepared.model, kOpset); !raised) return forward(raised);
    prepared.done.push_back(cat("opset ", from, " to ", kOpset));
  }
  const auto unpacked = passes::unpack_weights(prepared.model);
  if (!unpacked) return forward(unpacked);
  if (*unpacked > 0) prepared.done.push_back(cat("unpack_weights ", *unpacked));
  const auto report = passes::run_passes(prepared.model, passes::all_passes(), {.backend = &backend});
  if (!report) return forward(report);
  for (const passes::PassReport::Line& line : report->lines)
    prepared.done.push_back(cat(line.pass, " ", line.changes));
  if (const size_t changed = quantisation::pointwise_to_gemm(prepared.model); changed > 0)
    prepared.done.push_back(cat("pointwise_to_gemm ", changed));
  return prepared;
}

}  // namespace oree::workshop

// The run functions of all passes, for the table in pass.cc. Private to this room.
#pragma once

#include "services/passes/pass.h"

namespace oree::passes {

Result<size_t> constant_nodes(graph::Model& model, const PassContext& context);
Result<size_t> no_ops(graph::Model& model, const PassContext& context);
Result<size_t> dead_code(graph::Model& model, const PassContext& context);
Result<size_t> duplicates(graph::Model& model, const PassContext& context);
Result<size_t> fold_constants(graph::Model& model, const PassContext& context);
Result<size_t> pad_into_conv(graph::Model& model, const PassContext& context);
Result<size_t> batch_norm(graph::Model& model, const PassContext& context);
Result<size_t> conv_scale(graph::Model& model, const PassContext& context);
Result<size_t> matmul_bias(graph::Model& model, const PassContext& context);
Result<size_t> hard_swishes(graph::Model& model, const PassContext& context);
Result<size_t> gelus(graph::Model& model, const PassContext& context);
Result<size_t> layer_norms(graph::Model& model, const PassContext& context);
Result<size_t> clips(graph::Model& model, const PassContext& context);

}  // namespace oree::passes

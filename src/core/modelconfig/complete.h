// Fills in what a configuration left out, from the network itself and its place, and holds what it does say
// against the network. Pure.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

// The defaults that need no network: the name of its folder, backend and platform of each other, the version
// policy, names and kinds of instance groups. `invalid` when the configuration's own name is another.
Status complete_defaults(ModelConfig& config, std::string_view folder_name);

// What the network takes and gives: ports that were left out, or their datatypes and dims, without the batch
// dimension. When neither inputs nor outputs were said and every port's first dimension is variable,
// max_batch_size becomes `default_max_batch_size`, with dynamic batching unless another way was chosen.
// Inputs that sequences control or keep, and outputs that become their state, are no ports.
//
// `invalid` when the configuration asks for what the network is not: unknown names, other datatypes, other
// shapes.
Status complete(ModelConfig& config, std::span<const tensor::TensorSpec> inputs,
                std::span<const tensor::TensorSpec> outputs, int32_t default_max_batch_size = 4);

// The shape of a port as clients see it, and as the network does: with -1 in front where there is a batch.
tensor::Shape wire_shape(const ModelConfig& config, const Dims& dims);

}  // namespace oree::modelconfig

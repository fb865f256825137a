// Whether a completed configuration makes sense, in Triton's own sentences: people search for them. Pure.
#pragma once

#include "base/result.h"
#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

// The first mistake, as `invalid`.
Status validate(const ModelConfig& config);

// A part of it: the data flow of an ensemble's steps. Precondition: ensemble_scheduling is given.
Status validate_ensemble(const ModelConfig& config);
// And the controls of a sequence. Precondition: sequence_batching is given.
Status validate_sequences(const ModelConfig& config);

}  // namespace oree::modelconfig

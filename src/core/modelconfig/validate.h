// Whether a configuration makes sense, in Triton's own sentences: people search for them. Pure.
#pragma once

#include "base/result.h"
#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

// `open`: what the network itself will say may be missing: ports, their datatypes and dims, the backend. So a
// mistake in what was written is found before anything is loaded.
enum class Ports { complete, open };

// The first mistake, as `invalid`.
Status validate(const ModelConfig& config, Ports ports = Ports::complete);

// A part of it: the data flow of an ensemble's steps. Precondition: ensemble_scheduling is given.
Status validate_ensemble(const ModelConfig& config);
// And the controls of a sequence. Precondition: sequence_batching is given.
Status validate_sequences(const ModelConfig& config);

}  // namespace oree::modelconfig

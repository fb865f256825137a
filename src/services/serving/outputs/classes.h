// What the classification decoders share.
#pragma once

#include "services/serving/outputs/values.h"

namespace oree::serving {

// The first output, one value per label. `invalid` when their numbers differ.
Result<std::span<const float>> class_values(const DecodeContext& context, Outputs outputs);
// A prediction with every label in order.
inference::Prediction classes_without_scores(const DecodeContext& context);

}  // namespace oree::serving

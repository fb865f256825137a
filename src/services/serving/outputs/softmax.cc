// Classification logits: softmax over the labels, computed from the largest so that nothing overflows.
#include <algorithm>
#include <cmath>

#include "services/serving/outputs/classes.h"

namespace oree::serving {

Result<inference::Prediction> decode_softmax(const DecodeContext& context, Outputs outputs) {
  const Result<std::span<const float>> logits = class_values(context, outputs);
  if (!logits) return forward(logits);
  const float largest = std::ranges::max(*logits);
  inference::Prediction prediction = classes_without_scores(context);
  double sum = 0;
  for (size_t i = 0; i < logits->size(); ++i) {
    const double share = std::exp(double{(*logits)[i]} - double{largest});
    prediction.classes[i].score = static_cast<float>(share);
    sum += share;
  }
  // NaN anywhere, or an infinity on top, makes the sum one; -inf is a class that is switched off.
  if (!std::isfinite(sum)) return forward(check_finite(*logits));
  const auto scale = static_cast<float>(1 / sum);
  for (inference::LabelScore& each : prediction.classes) each.score *= scale;
  return prediction;
}

}  // namespace oree::serving

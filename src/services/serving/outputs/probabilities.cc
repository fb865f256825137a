// Classification with the softmax (or sigmoid) inside the graph.
#include "services/serving/outputs/classes.h"

namespace oree::serving {

Result<inference::Prediction> decode_probabilities(const DecodeContext& context, Outputs outputs) {
  const Result<std::span<const float>> scores = class_values(context, outputs);
  if (!scores) return forward(scores);
  if (Status finite = check_finite(*scores); !finite) return forward(finite);
  inference::Prediction prediction = classes_without_scores(context);
  for (size_t i = 0; i < scores->size(); ++i) prediction.classes[i].score = (*scores)[i];
  return prediction;
}

}  // namespace oree::serving

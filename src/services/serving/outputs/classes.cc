#include "services/serving/outputs/classes.h"

#include "base/text.h"

namespace oree::serving {

Result<std::span<const float>> class_values(const DecodeContext& context, Outputs outputs) {
  const Result<std::span<const float>> values = floats(outputs, 0);
  if (!values) return values;
  const size_t labels = context.manifest.labels.size();
  if (values->size() == labels && labels > 0) return values;
  return fail(ErrorKind::invalid,
              cat("the model gives ", values->size(), " scores, the package has ", labels, " labels"));
}

inference::Prediction classes_without_scores(const DecodeContext& context) {
  inference::Prediction prediction;
  prediction.kind = inference::PredictionKind::classes;
  prediction.classes.reserve(context.manifest.labels.size());
  for (const std::string& label : context.manifest.labels) prediction.classes.push_back({label, 0});
  return prediction;
}

}  // namespace oree::serving

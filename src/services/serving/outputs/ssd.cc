// SSD with its post-processing inside the graph, as TFLite exports it: boxes [1,N,4] (top, left, bottom,
// right in 0..1 of the input), classes [1,N], scores [1,N], count [1].
#include <algorithm>

#include "base/text.h"
#include "services/serving/outputs/boxes.h"

namespace oree::serving {

Result<inference::Prediction> decode_ssd(const DecodeContext& context, Outputs outputs) {
  std::span<const float> parts[4];
  for (size_t i = 0; i < 4; ++i) {
    const Result<std::span<const float>> values = floats(outputs, i);
    if (!values) return forward(values);
    if (Status finite = check_finite(*values); !finite) return forward(finite);
    parts[i] = *values;
  }
  const auto& [boxes, classes, scores, count] = parts;
  if (boxes.size() != classes.size() * 4 || classes.size() != scores.size() || count.size() != 1) {
    return fail(ErrorKind::invalid,
                cat("the outputs hold ", boxes.size(), " box values, ", classes.size(), " classes, ",
                    scores.size(), " scores and ", count.size(), " counts"));
  }
  const auto width = static_cast<float>(context.manifest.input.width);
  const auto height = static_cast<float>(context.manifest.input.height);
  const float claimed = std::clamp(count[0], 0.0f, static_cast<float>(scores.size()));
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < static_cast<size_t>(claimed); ++i) {
    if (scores[i] < context.manifest.score_threshold) continue;
    if (classes[i] < 0 || classes[i] > 1e6f) {
      return fail(ErrorKind::invalid, cat("the model produced class ", classes[i]));
    }
    const float* box = boxes.data() + i * 4;
    candidates.push_back({{box[1] * width, box[0] * height, box[3] * width, box[2] * height},
                          scores[i],
                          static_cast<size_t>(classes[i])});
  }
  return objects_from(context, suppress(std::move(candidates), context.manifest.iou_threshold));
}

}  // namespace oree::serving

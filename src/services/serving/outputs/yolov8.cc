// YOLOv8 (and v9, v11): [1,4+C,N] columns of centre x, centre y, width, height, classes, in input pixels.
#include "base/text.h"
#include "services/serving/outputs/boxes.h"

namespace oree::serving {

Result<inference::Prediction> decode_yolov8(const DecodeContext& context, Outputs outputs) {
  constexpr size_t kFixed = 4;
  const Result<Grid> columns = grid(outputs, 0);
  if (!columns) return forward(columns);
  const size_t labels = context.manifest.labels.size();
  if (columns->rows != kFixed + labels || labels == 0) {
    return fail(ErrorKind::invalid, cat("the output has ", columns->rows, " rows; 4 and ", labels,
                                        " labels make ", kFixed + labels));
  }
  if (Status finite = check_finite(columns->values); !finite) return forward(finite);
  const size_t count = columns->columns;
  const float* values = columns->values.data();
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < count; ++i) {
    const BestClass best = best_class(values + kFixed * count + i, labels, count);
    if (best.score < context.manifest.score_threshold) continue;
    const float *x = values + i, *y = x + count, *width = y + count, *height = width + count;
    candidates.push_back({box_from_center(*x, *y, *width, *height), best.score, best.label});
  }
  return objects_from(context, suppress(std::move(candidates), context.manifest.iou_threshold));
}

}  // namespace oree::serving

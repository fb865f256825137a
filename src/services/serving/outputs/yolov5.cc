// YOLOv5 (and v6, v7): [1,N,5+C] rows of centre x, centre y, width, height, objectness, classes, in input
// pixels.
#include "services/serving/outputs/boxes.h"

namespace oree::serving {

Result<inference::Prediction> decode_yolov5(const DecodeContext& context, Outputs outputs) {
  constexpr size_t kFixed = 5;
  const Result<Grid> rows = boxes_in_rows(context, outputs, kFixed);
  if (!rows) return forward(rows);
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < rows->rows; ++i) {
    const float* row = rows->values.data() + i * rows->columns;
    if (row[4] < context.manifest.score_threshold) continue;  // class scores only make it smaller
    const BestClass best = best_class(row + kFixed, rows->columns - kFixed, 1);
    const float score = row[4] * best.score;
    if (score < context.manifest.score_threshold) continue;
    candidates.push_back({box_from_center(row[0], row[1], row[2], row[3]), score, best.label});
  }
  return objects_from(context, suppress(std::move(candidates), context.manifest.iou_threshold));
}

}  // namespace oree::serving

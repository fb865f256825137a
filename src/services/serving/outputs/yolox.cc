// YOLOX, undecoded: [1,N,5+C] with one row per cell of three grids (strides 8, 16, 32, row-major).
// x = (tx + column) * stride, width = exp(tw) * stride (Ge et al., YOLOX, 2021, §2.1; as in its demo code).
#include <cmath>

#include "base/text.h"
#include "services/serving/outputs/boxes.h"

namespace oree::serving {

namespace {

constexpr int kStrides[] = {8, 16, 32};

size_t cells(const image::Preprocess& input) {
  size_t sum = 0;
  for (const int stride : kStrides) {
    sum += static_cast<size_t>(input.width / stride) * static_cast<size_t>(input.height / stride);
  }
  return sum;
}

}  // namespace

Result<inference::Prediction> decode_yolox(const DecodeContext& context, Outputs outputs) {
  constexpr size_t kFixed = 5;
  const Result<Grid> rows = boxes_in_rows(context, outputs, kFixed);
  if (!rows) return forward(rows);
  const image::Preprocess& input = context.manifest.input;
  if (rows->rows != cells(input)) {
    return fail(ErrorKind::invalid, cat("the output has ", rows->rows, " boxes; a ", input.width, "x",
                                        input.height, " input at strides 8, 16 and 32 makes ", cells(input)));
  }
  const float threshold = context.manifest.score_threshold;
  std::vector<Candidate> candidates;
  const float* row = rows->values.data();
  for (const int stride : kStrides) {
    const auto size = static_cast<float>(stride);
    for (int y = 0; y < input.height / stride; ++y) {
      for (int x = 0; x < input.width / stride; ++x, row += rows->columns) {
        if (row[4] < threshold) continue;
        const BestClass best = best_class(row + kFixed, rows->columns - kFixed, 1);
        const float score = row[4] * best.score;
        if (score < threshold) continue;
        const inference::Box box =
            box_from_center((row[0] + static_cast<float>(x)) * size, (row[1] + static_cast<float>(y)) * size,
                            std::exp(row[2]) * size, std::exp(row[3]) * size);
        if (std::isfinite(box.left) && std::isfinite(box.top)) candidates.push_back({box, score, best.label});
      }
    }
  }
  return objects_from(context, suppress(std::move(candidates), context.manifest.iou_threshold));
}

}  // namespace oree::serving

// YOLOv2 (Redmon and Farhadi 2016, eq. in §2): one cell of the grid holds, for each anchor, offset of the
// centre, logarithm of the size, objectness and class logits: [1,A·(5+C),h,w], or [1,h,w,A·(5+C)] when the
// input is nhwc. Anchors are in cells. What Custom Vision's compact detectors are.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "services/serving/outputs/boxes.h"

namespace oree::serving {
namespace {

constexpr size_t kFixed = 5;  // x, y, width, height, objectness
constexpr size_t kMaxSide = 4'096;

// A step from a value of one cell to the next of each kind.
struct Map {
  std::span<const float> values;
  size_t height = 0, width = 0, channels = 0;
  size_t row = 0, column = 0, channel = 0;
};

Result<Map> map_of(const DecodeContext& context, Outputs outputs) {
  const auto values = floats(outputs, 0);
  if (!values) return forward(values);
  const auto shape = outputs[0].shape;
  bool sane = shape.size() == 4 && shape[0] == 1;
  for (const int64_t side : shape) sane = sane && side >= 1 && side <= int64_t{kMaxSide} * 64;
  if (!sane)
    return fail(ErrorKind::invalid, cat("output 0 has shape ", tensor::shape_text(shape),
                                        "; yolov2 decodes [1,anchors*(5+classes),h,w]"));
  const auto side = [&](size_t i) { return static_cast<size_t>(shape[i]); };
  if (context.manifest.input.layout == image::Layout::nhwc)
    return Map{*values, side(1), side(2), side(3), side(2) * side(3), side(3), 1};
  return Map{*values, side(2), side(3), side(1), side(3), 1, side(2) * side(3)};
}

float logistic(float x) {
  return 1 / (1 + std::exp(-x));
}

// Softmax of the best class; its index in `label`.
float best_of(const float* logits, size_t count, size_t stride, size_t& label) {
  const BestClass best = best_class(logits, count, stride);
  label = best.label;
  float sum = 0;
  for (size_t i = 0; i < count; ++i) sum += std::exp(logits[i * stride] - best.score);
  return 1 / sum;
}

}  // namespace

Result<inference::Prediction> decode_yolov2(const DecodeContext& context, Outputs outputs) {
  const Result<Map> map = map_of(context, outputs);
  if (!map) return forward(map);
  const package::Manifest& manifest = context.manifest;
  const size_t labels = manifest.labels.size();
  if (labels == 0 || map->channels != manifest.anchors.size() * (kFixed + labels))
    return fail(ErrorKind::invalid, cat("the output has ", map->channels, " values per cell; ",
                                        manifest.anchors.size(), " anchors, ", labels, " labels and ", kFixed,
                                        " others make ", manifest.anchors.size() * (kFixed + labels)));
  if (Status finite = check_finite(map->values); !finite) return forward(finite);
  const auto width = static_cast<float>(manifest.input.width);
  const auto height = static_cast<float>(manifest.input.height);
  const float across = width / static_cast<float>(map->width),
              down = height / static_cast<float>(map->height);
  std::vector<Candidate> candidates;
  for (size_t y = 0; y < map->height; ++y) {
    for (size_t x = 0; x < map->width; ++x) {
      for (size_t a = 0; a < manifest.anchors.size(); ++a) {
        const float* cell =
            map->values.data() + y * map->row + x * map->column + a * (kFixed + labels) * map->channel;
        const auto at = [&](size_t i) { return cell[i * map->channel]; };
        const float objectness = logistic(at(4));
        if (objectness < manifest.score_threshold) continue;  // the class only makes it smaller
        size_t label = 0;
        const float score = objectness * best_of(cell + kFixed * map->channel, labels, map->channel, label);
        if (score < manifest.score_threshold) continue;
        // Beyond the picture's size nothing is left to see, and the exponential stays finite.
        const float w =
            std::min(std::exp(std::min(at(2), 30.0f)) * manifest.anchors[a][0] * across, 4 * width);
        const float h =
            std::min(std::exp(std::min(at(3), 30.0f)) * manifest.anchors[a][1] * down, 4 * height);
        candidates.push_back({box_from_center((logistic(at(0)) + static_cast<float>(x)) * across,
                                              (logistic(at(1)) + static_cast<float>(y)) * down, w, h),
                              score, label});
      }
    }
  }
  return objects_from(context, suppress(std::move(candidates), manifest.iou_threshold));
}

}  // namespace oree::serving

// Segmentation: one value per label and cell, [1,C,h,w] (or [1,h,w,C] for packages whose input is nhwc, or
// [1,h,w] for one label). The three decoders differ in what they make of the values of one cell.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "services/serving/outputs/values.h"

namespace oree::serving {

namespace {

struct Map {
  std::span<const float> values;
  size_t labels = 0, width = 0, height = 0;
  size_t label_step = 0, cell_step = 0;  // from one value to that of the next label, of the next cell

  float at(size_t cell, size_t label) const { return values[cell * cell_step + label * label_step]; }
};

Result<Map> map_of(const DecodeContext& context, Outputs outputs) {
  const Result<std::span<const float>> values = floats(outputs, 0);
  if (!values) return forward(values);
  if (Status finite = check_finite(*values); !finite) return forward(finite);
  std::vector<size_t> shape(outputs[0].shape.begin(), outputs[0].shape.end());
  const bool last = context.manifest.input.layout == image::Layout::nhwc && shape.size() == 4;
  if (shape.size() == 3) shape.insert(shape.begin() + 1, 1);
  if (last) std::rotate(shape.begin() + 1, shape.begin() + 3, shape.end());
  const size_t labels = context.manifest.labels.size();
  if (shape.size() != 4 || shape[0] != 1 || shape[1] != labels || values->empty()) {
    return fail(ErrorKind::invalid, cat("the output has shape ", tensor::shape_text(outputs[0].shape),
                                        "; a map for ", labels, " labels is needed"));
  }
  if (labels > std::numeric_limits<int8_t>::max()) {
    return fail(ErrorKind::unsupported, cat(labels, " labels in a map; 127 is the limit"));
  }
  const size_t cells = shape[2] * shape[3];
  return Map{*values, labels, shape[3], shape[2], last ? 1 : cells, last ? labels : 1};
}

// The cells whose centre lies on the picture; the others see letterbox filling.
struct Window {
  size_t left = 0, top = 0, right = 0, bottom = 0;
  size_t cells() const { return (right - left) * (bottom - top); }
};

struct Interval {
  size_t begin = 0, end = 0;
};
Interval inside(size_t count, float first, float step, float limit) {
  Interval interval{count, 0};
  for (size_t i = 0; i < count; ++i) {
    const float center = first + (static_cast<float>(i) + 0.5f) * step;
    if (center < 0 || center >= limit) continue;
    interval.begin = std::min(interval.begin, i);
    interval.end = i + 1;
  }
  return interval.end == 0 ? Interval{} : interval;
}

Window window_of(const DecodeContext& context, const inference::Mask& mask) {
  const auto columns = static_cast<size_t>(mask.width);
  const auto rows = static_cast<size_t>(mask.height);
  const Interval x =
      inside(columns, mask.box.left, (mask.box.right - mask.box.left) / static_cast<float>(columns),
             static_cast<float>(context.source_width));
  const Interval y = inside(rows, mask.box.top, (mask.box.bottom - mask.box.top) / static_cast<float>(rows),
                            static_cast<float>(context.source_height));
  return {x.begin, y.begin, x.end, y.end};
}

inference::Mask empty_mask(const DecodeContext& context, const Map& map) {
  const image::Placement& place = context.placement;
  inference::Mask mask;
  mask.width = static_cast<int>(map.width);
  mask.height = static_cast<int>(map.height);
  mask.cells.assign(map.width * map.height, -1);
  mask.labels = context.manifest.labels;
  mask.area_ratios.assign(map.labels, 0);
  mask.box = {place.offset_x, place.offset_y,
              place.offset_x + place.scale_x * static_cast<float>(context.manifest.input.width),
              place.offset_y + place.scale_y * static_cast<float>(context.manifest.input.height)};
  return mask;
}

// `score(cell, label, scale)` gives 0..1, where scale = prepare(cell). With `overlapping`, a cell counts for
// every label above the threshold, otherwise for the best only.
template <class Prepare, class Score>
Result<inference::Prediction> decode_map(const DecodeContext& context, Outputs outputs, bool overlapping,
                                         Prepare prepare, Score score) {
  const Result<Map> map = map_of(context, outputs);
  if (!map) return forward(map);
  inference::Prediction prediction;
  prediction.kind = inference::PredictionKind::mask;
  inference::Mask& mask = prediction.mask = empty_mask(context, *map);
  const Window window = window_of(context, mask);
  std::vector<size_t> counts(map->labels, 0);
  const float threshold = context.manifest.score_threshold;
  for (size_t y = window.top; y < window.bottom; ++y) {
    for (size_t cell = y * map->width + window.left; cell < y * map->width + window.right; ++cell) {
      const auto prepared = prepare(*map, cell);
      float best = -1;
      for (size_t label = 0; label < map->labels; ++label) {
        const float value = score(map->at(cell, label), prepared);
        if (overlapping && value >= threshold) ++counts[label];
        if (value < threshold || value <= best) continue;
        best = value;
        mask.cells[cell] = static_cast<int8_t>(label);
      }
      if (!overlapping && mask.cells[cell] >= 0) ++counts[static_cast<size_t>(mask.cells[cell])];
    }
  }
  for (size_t label = 0; label < map->labels && window.cells() > 0; ++label) {
    mask.area_ratios[label] = static_cast<float>(counts[label]) / static_cast<float>(window.cells());
  }
  return prediction;
}

struct Nothing {};
constexpr auto kNoPreparation = [](const Map&, size_t) { return Nothing{}; };

struct SoftmaxScale {
  float largest = 0;
  float sum = 0;
};
SoftmaxScale softmax_scale(const Map& map, size_t cell) {
  SoftmaxScale scale{map.at(cell, 0), 0};
  for (size_t label = 1; label < map.labels; ++label)
    scale.largest = std::max(scale.largest, map.at(cell, label));
  for (size_t label = 0; label < map.labels; ++label)
    scale.sum += std::exp(map.at(cell, label) - scale.largest);
  return scale;
}

}  // namespace

Result<inference::Prediction> decode_softmax_map(const DecodeContext& context, Outputs outputs) {
  return decode_map(context, outputs, false, softmax_scale, [](float value, const SoftmaxScale& scale) {
    return std::exp(value - scale.largest) / scale.sum;
  });
}

Result<inference::Prediction> decode_sigmoid_map(const DecodeContext& context, Outputs outputs) {
  return decode_map(context, outputs, true, kNoPreparation,
                    [](float value, Nothing) { return 1.0f / (1.0f + std::exp(-value)); });
}

Result<inference::Prediction> decode_probability_map(const DecodeContext& context, Outputs outputs) {
  return decode_map(context, outputs, true, kNoPreparation, [](float value, Nothing) { return value; });
}

}  // namespace oree::serving

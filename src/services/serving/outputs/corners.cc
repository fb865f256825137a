// Detection with everything inside the graph: boxes [N,4] (left, top, right, bottom in 0..1 of the input),
// classes [N] (INT64, INT32 or FP32), scores [N], each perhaps with a batch of 1 in front. What Custom
// Vision's "General (compact) [S1]" detectors are.
#include "base/text.h"
#include "services/serving/outputs/boxes.h"

namespace oree::serving {
namespace {

constexpr int64_t kMaxClass = 1'000'000;

// Class `i`, whatever it is written as; -1 for what is none.
int64_t class_at(const tensor::TensorView& classes, size_t i) {
  int64_t found = -1;
  if (classes.dtype == tensor::DType::i64) found = classes.as<int64_t>()[i];
  if (classes.dtype == tensor::DType::i32) found = classes.as<int32_t>()[i];
  if (classes.dtype == tensor::DType::f32) {
    const float value = classes.as<float>()[i];
    found = value >= 0 && value <= static_cast<float>(kMaxClass) ? static_cast<int64_t>(value) : -1;
  }
  return found >= 0 && found <= kMaxClass ? found : -1;
}

size_t count_of(const tensor::TensorView& view) {
  const size_t bytes = tensor::facts(view.dtype).bytes;
  return bytes == 0 ? 0 : view.data.size() / bytes;
}

}  // namespace

Result<inference::Prediction> decode_corners(const DecodeContext& context, Outputs outputs) {
  const auto boxes = floats(outputs, 0), scores = floats(outputs, 2);
  if (!boxes) return forward(boxes);
  if (!scores) return forward(scores);
  const tensor::TensorView& classes = outputs[1];
  if (boxes->size() != scores->size() * 4 || count_of(classes) != scores->size()) {
    return fail(ErrorKind::invalid, cat("the outputs hold ", boxes->size(), " box values, ",
                                        count_of(classes), " classes and ", scores->size(), " scores"));
  }
  for (const auto& values : {*boxes, *scores}) {
    if (Status finite = check_finite(values); !finite) return forward(finite);
  }
  const auto width = static_cast<float>(context.manifest.input.width);
  const auto height = static_cast<float>(context.manifest.input.height);
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < scores->size(); ++i) {
    if ((*scores)[i] < context.manifest.score_threshold) continue;
    const int64_t label = class_at(classes, i);
    if (label < 0) return fail(ErrorKind::invalid, cat("the class of box ", i, " is no index of a label"));
    const float* box = boxes->data() + i * 4;
    candidates.push_back({{box[0] * width, box[1] * height, box[2] * width, box[3] * height},
                          (*scores)[i],
                          static_cast<size_t>(label)});
  }
  return objects_from(context, suppress(std::move(candidates), context.manifest.iou_threshold));
}

}  // namespace oree::serving

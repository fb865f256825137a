// Which decoder the shapes of the outputs call for.
#include <optional>

#include "core/package/complete.h"

namespace oree::package {
namespace {

using tensor::Shape;
using tensor::TensorSpec;

bool is_ssd(const std::vector<TensorSpec>& outputs) {
  if (outputs.size() != 4) return false;
  const auto rank = [&](size_t i) { return outputs[i].shape.size(); };
  return rank(0) == 3 && outputs[0].shape[2] == 4 && rank(1) == 2 && rank(2) == 2 && rank(3) <= 2;
}

// The three of decode_corners: boxes, classes, scores.
bool is_corners(const std::vector<TensorSpec>& outputs) {
  if (outputs.size() != 3) return false;
  const Shape& boxes = outputs[0].shape;
  const size_t rank = boxes.size();
  return (rank == 2 || rank == 3) && boxes.back() == 4 && outputs[1].shape.size() == rank - 1 &&
         outputs[2].shape.size() == rank - 1;
}

// Activations inside the graph show in the names that exporters give.
bool is_activated(const TensorSpec& output) {
  const std::string name = lower(output.name);
  for (const std::string_view word : {"softmax", "sigmoid", "prob"}) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

// 4 dimensions of which both sides are 1: a classifier that kept its pooling's shape.
bool is_pooled(const Shape& shape) {
  return shape.size() == 4 &&
         ((shape[2] == 1 && shape[3] == 1) || (shape[1] == 1 && shape[2] == 1 && shape[3] > 1));
}

std::optional<Task> guess_task(const std::vector<TensorSpec>& outputs) {
  if (is_ssd(outputs) || is_corners(outputs)) return Task::detection;
  const Shape& shape = outputs.front().shape;
  if (is_pooled(shape)) return Task::classification;
  switch (shape.size()) {
    case 1:
    case 2:
      return Task::classification;
    case 3:
      return Task::detection;
    case 4:
      return Task::segmentation;
    default:
      return std::nullopt;
  }
}

bool has_one_map(const Manifest& manifest, const Shape& shape) {
  if (shape.size() != 4) return true;
  const int64_t maps = shape[manifest.input.layout == image::Layout::nhwc ? 3 : 1];
  return maps == 1 || (maps == -1 && manifest.labels.size() == 1);
}

// How many candidates a one-stage detector makes: one per cell of grids of these strides.
struct Grids {
  int64_t three = 0;  // strides 8, 16, 32; 0 when the input's sides are no multiples of 32
  int64_t four = 0;   // and 64
};

Grids grids_of(const image::Preprocess& input) {
  const auto cells = [&](int stride) { return int64_t{input.width / stride} * (input.height / stride); };
  Grids grids;
  if (input.width % 32 != 0 || input.height % 32 != 0) return grids;
  grids.three = cells(8) + cells(16) + cells(32);
  if (input.width % 64 == 0 && input.height % 64 == 0) grids.four = grids.three + cells(64);
  return grids;
}

bool is_grid(int64_t count, const Grids& grids, int64_t per_cell) {
  return count > 0 && (count == grids.three * per_cell || count == grids.four * per_cell);
}

Decode guess_from_candidates(const Shape& shape, const Grids& grids) {
  if (shape[1] > 4 && shape[1] < shape[2] && is_grid(shape[2], grids, 1)) return Decode::yolov8;
  if (shape[2] <= 5) return Decode::automatic;
  if (is_grid(shape[1], grids, 3)) return Decode::yolov5;
  return shape[1] == grids.three && grids.three > 0 ? Decode::yolox : Decode::automatic;
}

}  // namespace

Decode guess_detector(Completion& completion, const TensorSpec& output) {
  const Manifest& manifest = completion.manifest;
  const Shape& shape = output.shape;
  const auto labels = static_cast<int64_t>(manifest.labels.size());
  if (shape.size() == 3) {
    const Decode guess = guess_from_candidates(shape, grids_of(manifest.input));
    const int64_t classes = guess == Decode::yolov8 ? shape[1] - 4 : shape[2] - 5;
    if (guess != Decode::automatic && (labels == 0 || labels == classes)) return guess;
    if (labels > 0 && shape[1] == 4 + labels && shape[2] != 5 + labels) return Decode::yolov8;
  }
  if (shape.size() == 3 && labels > 0 && shape[2] == 4 + labels) {
    completion.refuse(cat("output: ", spec_text(output),
                          " has one row per candidate and no objectness; export it as [1,", 4 + labels,
                          ",N] (yolov8)"));
    return Decode::automatic;
  }
  if (manifest.input.width == 0)
    return Decode::automatic;  // asked for already, and with it this may be clear
  completion.ask(
      cat("output: which detector made ", spec_text(output),
          " cannot be told (yolov5 and yolox are [1,N,5+classes], yolov8 is [1,4+classes,N], ssd has four "
          "outputs)"),
      "output: {decode: yolov5}");
  return Decode::automatic;
}

Decode guess_decode(Completion& completion, const std::vector<TensorSpec>& outputs) {
  Manifest& manifest = completion.manifest;
  const TensorSpec& output = outputs.front();
  if (!manifest.task_given) {
    const auto task = guess_task(outputs);
    if (!task) {
      completion.ask(cat("task: what ", spec_text(output), " means cannot be told from its shape"),
                     "task: classification");
      return Decode::automatic;
    }
    manifest.task = *task;
    completion.note(cat("task: taken for ", task_name(*task), ", because the output is ", spec_text(output)));
  }
  switch (manifest.task) {
    case Task::classification:
      return is_activated(output) ? Decode::probabilities : Decode::softmax;
    case Task::detection:
      if (is_corners(outputs)) return Decode::corners;
      return is_ssd(outputs) ? Decode::ssd : guess_detector(completion, output);
    case Task::segmentation:
      break;
  }
  if (is_activated(output)) return Decode::probability_map;
  return has_one_map(manifest, output.shape) ? Decode::sigmoid_map : Decode::softmax_map;
}

}  // namespace oree::package

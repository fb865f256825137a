// The graph's outputs: what decodes them, and how many labels they speak of.
#include <optional>

#include "core/package/complete.h"
#include "core/package/names.h"

namespace oree::package {
namespace {

using tensor::Shape;
using tensor::TensorSpec;

constexpr int64_t kMaxMapLabels = 127;

// How many classes this output tells apart; -1 when only running it shows; nullopt when it does not fit.
using ClassCount = std::optional<int64_t>;

ClassCount count_scores(const Shape& shape) {
  int64_t product = 1;
  for (size_t i = shape.size() > 1 ? 1 : 0; i < shape.size(); ++i) {
    if (shape[i] == -1) return -1;
    if (shape[i] < 1 || shape[i] > int64_t{kMaxLabels} || product > int64_t{kMaxLabels}) return std::nullopt;
    product *= shape[i];
  }
  return shape.empty() ? ClassCount(-1) : ClassCount(product);
}

ClassCount count_after(const Shape& shape, size_t dimension, int64_t fixed) {
  if (shape.size() != 3) return std::nullopt;
  const int64_t size = shape[dimension];
  if (size == -1) return -1;
  return size > fixed ? ClassCount(size - fixed) : std::nullopt;
}

ClassCount count_maps(const Shape& shape, image::Layout layout) {
  if (shape.size() == 3) return 1;
  if (shape.size() != 4) return std::nullopt;
  return shape[layout == image::Layout::nhwc ? 3 : 1];
}

ClassCount count_in_cells(const Manifest& manifest, const Shape& shape) {
  if (shape.size() != 4) return std::nullopt;
  const int64_t channels = shape[manifest.input.layout == image::Layout::nhwc ? 3 : 1];
  if (channels == -1) return -1;
  const auto anchors = static_cast<int64_t>(manifest.anchors.size());
  if (channels % anchors != 0 || channels / anchors <= 5) return std::nullopt;
  return channels / anchors - 5;
}

ClassCount count_classes(const Manifest& manifest, const Shape& shape) {
  switch (manifest.decode) {
    case Decode::softmax:
    case Decode::probabilities:
      return count_scores(shape);
    case Decode::yolov5:
    case Decode::yolox:
      return count_after(shape, 2, 5);
    case Decode::yolov8:
      return count_after(shape, 1, 4);
    case Decode::yolov2:
      return count_in_cells(manifest, shape);
    case Decode::ssd:
    case Decode::corners:
    case Decode::automatic:
      return -1;
    case Decode::softmax_map:
    case Decode::sigmoid_map:
    case Decode::probability_map:
      return count_maps(shape, manifest.input.layout);
  }
  return std::nullopt;
}

void check_labels(Completion& completion, const TensorSpec& output, int64_t classes) {
  const auto labels = static_cast<int64_t>(completion.manifest.labels.size());
  if (classes == -1 || labels == classes) return;
  const std::string_view hint =
      labels + 1 == classes ? "; one class more is often a background, which then comes first in the labels"
                            : "";
  completion.refuse(
      cat("labels: there are ", labels, ", but ", spec_text(output), " has ", classes, " classes", hint));
}

void find_labels(Completion& completion, const TensorSpec& output, int64_t classes) {
  Manifest& manifest = completion.manifest;
  if (!manifest.labels.empty()) return check_labels(completion, output, classes);
  if (classes == -1) {
    return completion.ask("labels: how many classes there are cannot be told from the graph",
                          "labels: [good, bad]");
  }
  for (int64_t i = 0; i < classes; ++i) manifest.labels.push_back(cat(i));
  completion.note(cat("labels: none are given, so the ", classes, " classes are called 0 to ", classes - 1));
}

bool is_index(tensor::DType dtype) {
  return dtype == tensor::DType::i64 || dtype == tensor::DType::i32;
}

bool check_outputs(Completion& completion, const std::vector<TensorSpec>& outputs) {
  const Manifest& manifest = completion.manifest;
  const bool ssd = manifest.decode == Decode::ssd, corners = manifest.decode == Decode::corners;
  if (corners && outputs.size() != 3) {
    completion.refuse(
        cat("output: corners has three outputs (boxes, classes, scores), the graph ", outputs.size()));
    return false;
  }
  if (ssd && outputs.size() != 4) {
    completion.refuse(
        cat("output: ssd has four outputs (boxes, classes, scores, count), the graph ", outputs.size()));
    return false;
  }
  bool floats = true;
  for (size_t i = 0; i < (ssd ? 4 : corners ? 3 : 1); ++i) {
    if (outputs[i].dtype == tensor::DType::f32) continue;
    if (corners && i == 1 && is_index(outputs[i].dtype)) continue;
    completion.refuse(cat("output: ", spec_text(outputs[i]), " cannot be decoded; export it with FP32"));
    floats = false;
  }
  return floats;
}

void check_classes(Completion& completion, const TensorSpec& output, ClassCount classes) {
  const Manifest& manifest = completion.manifest;
  const std::string_view decode = decode_name(manifest.decode);
  const bool map = facts(manifest.decode).task == Task::segmentation;
  if (!classes || *classes < -1 || *classes == 0 || *classes > int64_t{kMaxLabels}) {
    return completion.refuse(cat("output: ", spec_text(output), " is no output that ", decode, " decodes"));
  }
  if (map && *classes > kMaxMapLabels) {
    return completion.refuse(
        cat("output: ", spec_text(output), " has ", *classes, " classes; a map has at most ", kMaxMapLabels));
  }
  if (*classes == 1 && manifest.decode == Decode::softmax) {
    return completion.ask(cat("output: softmax of the one value in ", spec_text(output), " is always 1"),
                          "output: {decode: probabilities}");
  }
  if (*classes == 1 && manifest.decode == Decode::softmax_map) {
    return completion.ask(
        cat("output: softmax of the one value per cell in ", spec_text(output), " is always 1"),
        "output: {decode: sigmoid_map}");
  }
  find_labels(completion, output, *classes);
}

}  // namespace

void complete_output(Completion& completion, const std::vector<TensorSpec>& outputs) {
  Manifest& manifest = completion.manifest;
  if (outputs.empty()) return completion.refuse("output: the graph has none");
  if (manifest.decode == Decode::automatic) {
    manifest.decode = guess_decode(completion, outputs);
    if (manifest.decode == Decode::automatic) return;
    completion.note(cat("output: decoded as ", decode_name(manifest.decode), ", because the first output is ",
                        spec_text(outputs.front())));
  }
  if (!check_outputs(completion, outputs)) return;
  if (manifest.decode != Decode::ssd && manifest.decode != Decode::corners && outputs.size() > 1) {
    completion.note(cat("output: of ", outputs.size(), " outputs only '", outputs.front().name, "' is read"));
  }
  check_classes(completion, outputs.front(), count_classes(manifest, outputs.front().shape));
}

}  // namespace oree::package

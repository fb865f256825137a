// A model package: the folder models/<name>/<version>/ with model.onnx and model.yaml, and what the latter
// says.
//
// See docs/formats/model-package.md for the file itself. load_manifest() reads and checks model.yaml;
// complete() fills what it left out from the graph's own inputs and outputs, and asks by name for the rest.
//
//   auto manifest = load_manifest("models/ducks/1");
//   … load manifest->model_file, look at its inputs and outputs …
//   manifest = complete(*std::move(manifest), inputs, outputs);
//
// Errors hold one mistake per line, each with the file and, from load_manifest(), line and column. Values, no
// threads.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/image/preprocess.h"
#include "platform/tensor/tensor.h"

namespace oree::package {

enum class Task { classification, detection, segmentation };

// How the graph's outputs become predictions.
enum class Decode {
  automatic,      // not said: chosen by complete()
  softmax,        // classification logits → softmax
  probabilities,  // classification, already probabilities
  yolov5,         // [1,N,5+C] cx,cy,w,h,obj,classes in input pixels
  yolov8,         // [1,4+C,N] cx,cy,w,h,classes in input pixels
  yolox,          // [1,N,5+C] undecoded, strides 8,16,32
  ssd,            // boxes [1,N,4] (ymin,xmin,ymax,xmax in 0..1), classes [1,N], scores [1,N], count [1]
  yolov2,         // [1,A*(5+C),h,w] cells with anchors, softmax over the classes
  corners,        // boxes [N,4] (left, top, right, bottom in 0..1), classes [N], scores [N]
  softmax_map,    // segmentation logits [1,C,h,w] ([1,h,w,C] when the input is nhwc), softmax over C
  sigmoid_map,    // segmentation logits, each channel for itself
  probability_map,
};

// Of Tiny YOLOv2 on VOC, which Custom Vision's detectors kept.
inline std::vector<std::array<float, 2>> yolov2_anchors() {
  return {{0.573f, 0.677f}, {1.87f, 2.06f}, {3.34f, 5.47f}, {7.88f, 3.53f}, {9.77f, 9.17f}};
}

struct Manifest {
  std::string name;
  std::string version;
  std::filesystem::path folder;
  std::filesystem::path model_file;  // folder/model.onnx
  bool sealed = false;               // then it is folder/model.onnx.sealed, which needs a key (core/sealing)

  Task task = Task::classification;
  bool task_given = false;  // by `task`, or by an `output.decode` that belongs to one
  std::string description;
  std::vector<std::string> labels;
  std::string input_name;  // "" → the graph's only input
  image::Preprocess input;
  bool input_size_given = false, layout_given = false, channels_given = false;
  Decode decode = Decode::automatic;
  float score_threshold = 0.25f;
  float iou_threshold = 0.45f;
  std::vector<std::array<float, 2>> anchors = yolov2_anchors();  // of yolov2: width, height in cells
  std::map<std::string, std::string> provenance;
  std::string licence;

  std::vector<std::string> notes;  // what complete() assumed, one sentence each, for the log
};

std::string_view task_name(Task task);
std::string_view decode_name(Decode decode);

// Folder names: name [A-Za-z0-9_.-]{1,64} not starting with '.', version a positive integer without leading
// zero.
bool is_model_name(std::string_view text);
bool is_version(std::string_view text);

// Reads <folder>/model.yaml; without one, a bare manifest that complete() must be able to fill. `not_found`
// when the model file is not there.
Result<Manifest> load_manifest(const std::filesystem::path& folder);
// The same from a text, for a folder whose model file need not be there yet; only a labels_file is read.
Result<Manifest> parse_manifest(std::string_view text, const std::filesystem::path& folder);
// Fills and checks against the graph. `invalid` names the field that must be written and why.
Result<Manifest> complete(Manifest manifest, const std::vector<tensor::TensorSpec>& inputs,
                          const std::vector<tensor::TensorSpec>& outputs);

}  // namespace oree::package

// A network to be optimised: its package (or a bare .onnx or .tflite), how its pictures become tensors, and
// what its outputs mean.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/graph/graph.h"
#include "core/inference/model.h"
#include "core/package/manifest.h"
#include "services/certification/score.h"

namespace oree::workshop {

struct Network {
  std::filesystem::path source;  // the file that was given
  std::filesystem::path file;    // what the runtime loads: of a .tflite its copy as ONNX, else the source
  std::string name;              // of the file, without its ending
  std::string digest;            // SHA-256 of the source
  uint64_t bytes = 0;            // of the source
  uint64_t integer_weights = 0;  // elements that are small integers already
  std::shared_ptr<const void> keep{};  // the copy is gone with the last of these
  graph::Model model;
  tensor::Shape input;  // of its one input, variable dimensions as 1
  package::Manifest manifest;
  bool pictures = false;  // the manifest says how a picture becomes its input
  std::string why_no_pictures;
  certification::Task task = certification::Task::classes;
};

// `path` is a folder with model.onnx and perhaps model.yaml, an .onnx or a .tflite. `unsupported` for
// networks with more than one input or inputs that are not float.
Result<Network> open_network(const std::filesystem::path& path, inference::Backend& backend);

// Runs a model on one input and says what it answers; with `threshold`, objects from that score on instead of
// the manifest's.
Result<certification::Answer> ask(const Network& network, const inference::Model& model,
                                  const tensor::TensorView& input, const image::Placement& placement,
                                  int width, int height, std::optional<float> threshold = std::nullopt);

}  // namespace oree::workshop

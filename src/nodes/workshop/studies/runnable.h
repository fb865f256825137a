// A network's file as the runtime can load it: a .tflite becomes ONNX on the way, a package is opened.
//
// Whoever is asked for figures of a file says what is wrong with it first: structure, operators, circles,
// external data that leads elsewhere, weights that are no numbers. Errors name the file.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/inference/model.h"

namespace oree::workshop {

struct Runnable {
  std::filesystem::path source;        // what was given; of a package the file inside
  std::filesystem::path file;          // what the runtime loads: the source, or a copy of it as ONNX
  std::string format;                  // "onnx", "tflite" or "ort"
  uint64_t bytes = 0;                  // of the source
  std::string digest;                  // SHA-256 of the source
  std::optional<graph::Model> model;   // nothing of an .ort, which only its runtime reads
  std::shared_ptr<const void> keep{};  // the copy is gone with the last of these

  // Elements of the weights that are small integers already; "float" in a file's name says nothing.
  uint64_t integer_weights() const;
};
// `path` is an .onnx, .tflite, .ort, or a package's folder.
Result<Runnable> make_runnable(const std::filesystem::path& path);

// One input for each of the signature's: small numbers, not all the same; variable dimensions as 1. `invalid`
// when they would take more than a gigabyte.
Result<std::vector<tensor::Tensor>> made_up_inputs(const inference::Signature& signature);

}  // namespace oree::workshop

// What complete() is made of. Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "core/package/manifest.h"

namespace oree::package {

// A manifest on its way: filled where the graph answers, mistakes collected where it does not.
struct Completion {
  Manifest manifest;
  std::vector<std::string> mistakes;

  // "output: …; write for example `output: {decode: yolov5}`"
  void ask(std::string_view what, std::string_view example);
  void refuse(std::string_view what);
  void note(std::string_view what) { manifest.notes.emplace_back(what); }
};

// "'images' FP32 [1,3,224,224]"
std::string spec_text(const tensor::TensorSpec& spec);

void complete_input(Completion& completion, const std::vector<tensor::TensorSpec>& inputs);
// After complete_input: detectors are told apart by the input's size.
void complete_output(Completion& completion, const std::vector<tensor::TensorSpec>& outputs);

// What the shapes say about the decoding. `automatic` with the reason asked for when they do not.
Decode guess_decode(Completion& completion, const std::vector<tensor::TensorSpec>& outputs);

// Of a detector with one row or column per candidate: told by how many candidates the input's size makes.
Decode guess_detector(Completion& completion, const tensor::TensorSpec& output);

}  // namespace oree::package

// What four runtimes do with an operator in 8 bits: a table of facts. Ours is measured (operators.h,
// quantisation/fusion.h); the others are as their makers document them, for targets that are not here.
#pragma once

#include <string_view>

namespace oree::assessment {

// "integer", "passes" (moves integers on) or "float"
struct RuntimeFates {
  std::string_view op, onnxruntime, openvino, tensorrt, tflite;
};
// Of an operator without a row: "float" in all.
const RuntimeFates& runtimes_of(std::string_view op);

}  // namespace oree::assessment

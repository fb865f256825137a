#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/choice/backends.h"
#include "core/inference/plugin/plugin.h"

namespace oree::inference {

std::vector<BackendRow> standard_backends() {
  return {
      {"onnxruntime", {".onnx", ".ort"}, [] { return open_onnxruntime(); }},
      {"litert", {".tflite"}, [] { return open_plugin("litert"); }},
      {"openvino", {".xml", ".onnx", ".tflite"}, [] { return open_plugin("openvino"); }},
  };
}

}  // namespace oree::inference

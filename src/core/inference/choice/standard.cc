#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/inference/choice/backends.h"

namespace oree::inference {

std::vector<BackendRow> standard_backends() {
  return {
      {"onnxruntime", {".onnx", ".ort"}, [] { return open_onnxruntime(); }},
  };
}

}  // namespace oree::inference

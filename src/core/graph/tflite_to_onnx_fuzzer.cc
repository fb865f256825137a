// Any bytes are refused with a reason or become a model that can be written.
#include <cstdint>
#include <cstdlib>

#include "core/graph/tflite/tflite.h"
#include "platform/onnx/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto model = oree::graph::read_tflite({reinterpret_cast<const std::byte*>(data), size});
  if (!model) {
    if (model.error().what.empty()) std::abort();
  } else if (!oree::onnx::print(*model)) {
    std::abort();
  }
  return 0;
}

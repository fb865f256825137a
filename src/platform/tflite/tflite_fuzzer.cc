// Any bytes at all: parsing ends with a model whose indices are valid, or with an error.
#include <cstdint>
#include <cstdlib>

#include "platform/tflite/tflite.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto* first = reinterpret_cast<const std::byte*>(data);
  const auto model = tflite::parse(ByteBuffer(first, first + size));
  if (!model) return 0;
  for (const auto& graph : model->subgraphs)
    for (const auto& op : graph.operators)
      for (const int32_t input : op.inputs)
        if (input >= static_cast<int32_t>(graph.tensors.size())) std::abort();
  return 0;
}

#include <cstddef>
#include <cstdint>
#include <span>

#include "platform/tensor/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto array = oree::tensor::parse_npy(std::as_bytes(std::span(data, size)));
  if (!array || array->shape.empty()) return 0;
  size_t count = 1;
  for (const int64_t n : array->shape) count *= static_cast<size_t>(n);
  (void)oree::tensor::floats_of(*array, 0, count);
  return 0;
}

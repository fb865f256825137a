// Any bytes are refused or become a model; and a model that was read can be written and read again, to the
// same bytes.
#include <cstdint>
#include <cstdlib>

#include "platform/onnx/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const oree::onnx::Limits limits{.records = 100'000, .tensor_bytes = 64 << 20};
  auto model = oree::onnx::parse({reinterpret_cast<const std::byte*>(data), size}, limits);
  if (!model) {
    if (model.error().what.empty()) std::abort();
    return 0;
  }
  auto bytes = oree::onnx::print(*model);
  if (!bytes) std::abort();
  auto again = oree::onnx::parse(oree::as_bytes(*bytes), limits);
  if (!again) std::abort();
  auto bytes_again = oree::onnx::print(*again);
  if (!bytes_again || *bytes_again != *bytes) std::abort();
  return 0;
}

// Any ONNX file is refused or can be checked, typed and raised without harm; what was raised can be written.
#include <cstdint>
#include <cstdlib>

#include "core/graph/check/check.h"
#include "core/graph/opset/upgrade.h"
#include "core/graph/shapes/infer.h"
#include "platform/onnx/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto model = oree::onnx::parse({reinterpret_cast<const std::byte*>(data), size},
                                 {.records = 100'000, .tensor_bytes = 16 << 20});
  if (!model) return 0;
  const auto checked = oree::graph::check(*model);
  if (!checked && checked.error().what.empty()) std::abort();
  (void)oree::graph::check_weights(*model);
  if (oree::graph::upgrade(*model, 21) && !oree::onnx::print(*model)) std::abort();
  return 0;
}

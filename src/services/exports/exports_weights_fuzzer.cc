// Files of weights from elsewhere: whatever they say, reading ends with values or an error.
#include <cstdint>

#include "services/exports/gguf.h"
#include "services/exports/mlx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const ByteView file(reinterpret_cast<const std::byte*>(data), size);
  std::vector<exports::Weight> weights{{"w", {2, 64}, true, false, std::vector<float>(128)},
                                       {"b", {4}, false, false, std::vector<float>(4)}};
  (void)exports::read_gguf(file, weights);
  (void)exports::read_mlx(file, {}, weights);
  return 0;
}

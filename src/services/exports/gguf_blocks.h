// Blocks of 32 weights as ggml stores them: see gguf.h. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace oree::exports {

constexpr size_t kBlock = 32, kQ8Bytes = 34, kQ4Bytes = 18;

// `type` as in the file: 0 F32, 2 Q4_0, 8 Q8_0. Preconditions: whole blocks; finite values.
ByteBuffer print_blocks(std::span<const float> values, uint32_t type);
void read_blocks(ByteView bytes, uint32_t type, std::span<float> values);

}  // namespace oree::exports

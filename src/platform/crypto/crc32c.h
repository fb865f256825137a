// The ways to compute CRC-32C, each reachable so that tests can hold them against one another.
// Callers want crc32c() of crypto.h, which picks the fastest this processor has.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace oree::crypto {

uint32_t crc32c_by_table(ByteView bytes, uint32_t seed);  // any processor; slicing by 8
bool has_crc32c_instructions();
uint32_t crc32c_by_instructions(ByteView bytes, uint32_t seed);  // only where the line above says so

}  // namespace oree::crypto

// Keccak-256 as Ethereum uses it: the sponge as it was submitted, with pad byte 0x01. SHA3-256 of FIPS 202
// pads with 0x06 and gives other digests, which is why OpenSSL's cannot be used.
//
// Source: "The Keccak reference" 3.0, rate 1088, capacity 512. Pure, thread-safe.
#pragma once

#include "base/bytes.h"
#include "services/ethereum/wire/word.h"

namespace oree::ethereum {

Word keccak256(ByteView bytes);

}  // namespace oree::ethereum

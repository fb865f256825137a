// The two fixed sizes of this world: words of 32 bytes (digests, topics, storage) and addresses of 20.
//
// Texts are "0x" and hex. An address prints with the checksum of EIP-55 in the case of its letters; parsing
// takes it with a right checksum, or all in one case. Values, no threads.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::ethereum {

using Word = std::array<std::byte, 32>;

struct Address {
  std::array<std::byte, 20> bytes{};
  auto operator<=>(const Address&) const = default;
  std::string text() const;
};

// Errors: `invalid`, with the text.
Result<Address> parse_address(std::string_view text);
Result<Word> parse_word(std::string_view text);
Result<ByteBuffer> parse_data(std::string_view text);  // "0x" and any number of bytes
std::string data_text(ByteView bytes);                 // "0x…"

// JSON-RPC's numbers: "0x" and hex without leading zeros, "0x0" for zero. Parsing forgives leading zeros;
// `invalid` beyond 64 bits.
std::string quantity_text(uint64_t value);
Result<uint64_t> parse_quantity(std::string_view text);

}  // namespace oree::ethereum

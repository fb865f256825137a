// Views over raw bytes and sizes with a unit. No ownership, no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oree {

using ByteView = std::span<const std::byte>;
using ByteBuffer = std::vector<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes);                         // lower case
std::optional<ByteBuffer> from_hex(std::string_view text);  // nullopt unless every digit is one

// "10GB" (10^9), "512MiB" (2^20), "1048576" → bytes. nullopt when it is no size.
std::optional<uint64_t> parse_size(std::string_view text);
// 1536000 → "1.5 MB"
std::string size_text(uint64_t bytes);

}  // namespace oree

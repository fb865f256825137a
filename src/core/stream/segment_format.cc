#include "core/stream/segment_format.h"

#include <algorithm>

#include "platform/crypto/crypto.h"

namespace oree::stream {
namespace {

constexpr std::string_view kSegmentMagic = "OREESTRM";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kEntryMagic = 0x0153524F;  // "ORS" and 1

template <class T>
void put(std::byte* at, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

template <class T>
T get(const std::byte* at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(at[i]) << (8 * i));
  return value;
}

uint32_t header_crc(const std::byte* at, uint64_t number) {
  const auto seed = static_cast<uint32_t>(number ^ number >> 32);
  return crypto::crc32c({at, kEntryHeaderSize - sizeof(uint32_t)}, seed);
}

}  // namespace

void print_segment_header(std::byte* at, const SegmentHeader& header) {
  std::fill_n(at, kSegmentHeaderSize, std::byte{0});
  std::ranges::copy(as_bytes(kSegmentMagic), at);
  put(at + 8, kVersion);
  put(at + 16, header.number);
  put(at + 24, header.first);
  put(at + 32, header.trimmed);
  put(at + 60, crypto::crc32c({at, 60}));
}

std::optional<SegmentHeader> parse_segment_header(ByteView segment) {
  if (segment.size() < kSegmentHeaderSize) return std::nullopt;
  if (as_text(segment.first(kSegmentMagic.size())) != kSegmentMagic) return std::nullopt;
  if (get<uint32_t>(&segment[60]) != crypto::crc32c(segment.first(60))) return std::nullopt;
  if (get<uint32_t>(&segment[8]) != kVersion) return std::nullopt;
  return SegmentHeader{get<uint64_t>(&segment[16]), get<uint64_t>(&segment[24]), get<uint64_t>(&segment[32])};
}

void print_entry_header(std::byte* at, const EntryHeader& header, uint64_t number) {
  put(at, kEntryMagic);
  put(at + 4, header.length);
  put(at + 8, header.position);
  put(at + 16, header.durable);
  put(at + 24, header.payload_crc);
  put(at + 28, header_crc(at, number));
}

std::optional<EntryHeader> parse_entry_header(const std::byte* at, uint64_t number) {
  if (get<uint32_t>(at) != kEntryMagic) return std::nullopt;
  if (get<uint32_t>(at + 28) != header_crc(at, number)) return std::nullopt;
  return EntryHeader{get<uint32_t>(at + 4), get<uint64_t>(at + 8), get<uint64_t>(at + 16),
                     get<uint32_t>(at + 24)};
}

bool Found::whole() const {
  return crypto::crc32c(payload) == header.payload_crc;
}

std::optional<Found> find_entry(ByteView segment, uint64_t number, uint64_t offset) {
  for (; offset + kEntryHeaderSize <= segment.size(); offset += kEntryAlignment) {
    const auto header = parse_entry_header(&segment[offset], number);
    if (!header || header->length > segment.size() - offset - kEntryHeaderSize) continue;
    return Found{*header, offset, segment.subspan(offset + kEntryHeaderSize, header->length)};
  }
  return std::nullopt;
}

}  // namespace oree::stream

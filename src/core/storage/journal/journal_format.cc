#include "core/storage/journal/journal_format.h"

#include <algorithm>
#include <cstring>

namespace oree::storage {
namespace {

constexpr std::string_view kSegmentMagic = "OREEJRNL";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kEntryMagic = 0x004A524F;  // "ORJ", and the type in the fourth byte

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

std::optional<EntryHeader> parse_entry_header(const std::byte* at, uint64_t segment) {
  const auto first = get<uint32_t>(at);
  const uint32_t type = first >> 24;
  if ((first & 0xFFFFFF) != kEntryMagic || (type != 1 && type != 2)) return std::nullopt;
  if (get<uint32_t>(at + 16) != static_cast<uint32_t>(segment)) return std::nullopt;
  if (get<uint32_t>(at + 20) != crypto::crc32c({at, 20})) return std::nullopt;
  return EntryHeader{static_cast<EntryType>(type), get<uint32_t>(at + 4), get<uint32_t>(at + 8),
                     get<uint32_t>(at + 12)};
}

}  // namespace

std::array<std::byte, kSegmentHeaderSize> print_segment_header(uint64_t number) {
  std::array<std::byte, kSegmentHeaderSize> bytes{};
  std::ranges::copy(as_bytes(kSegmentMagic), bytes.begin());
  put(&bytes[8], kVersion);
  put(&bytes[16], number);
  put(&bytes[60], crypto::crc32c(ByteView(bytes).first(60)));
  return bytes;
}

std::optional<uint64_t> parse_segment_header(ByteView bytes) {
  if (bytes.size() < kSegmentHeaderSize) return std::nullopt;
  if (as_text(bytes.first(kSegmentMagic.size())) != kSegmentMagic) return std::nullopt;
  if (get<uint32_t>(&bytes[60]) != crypto::crc32c(bytes.first(60))) return std::nullopt;
  if (get<uint32_t>(&bytes[8]) != kVersion) return std::nullopt;
  return get<uint64_t>(&bytes[16]);
}

std::array<std::byte, kEntryHeaderSize> print_entry_header(const EntryHeader& header, uint64_t segment) {
  std::array<std::byte, kEntryHeaderSize> bytes{};
  put(&bytes[0], kEntryMagic | static_cast<uint32_t>(header.type) << 24);
  put(&bytes[4], header.length);
  put(&bytes[8], header.payload_crc);
  put(&bytes[12], header.synced);
  put(&bytes[16], static_cast<uint32_t>(segment));
  put(&bytes[20], crypto::crc32c(ByteView(bytes).first(20)));
  return bytes;
}

Scan scan_segment(ByteView bytes, uint64_t number) {
  Scan scan;
  std::vector<uint64_t> unreadable;  // where each stretch begins
  bool readable = true;
  uint64_t at = kSegmentHeaderSize;
  while (at + kEntryHeaderSize <= bytes.size()) {
    const auto header = parse_entry_header(&bytes[at], number);
    const bool fits = header && header->length <= bytes.size() - at - kEntryHeaderSize;
    const ByteView payload = fits ? bytes.subspan(at + kEntryHeaderSize, header->length) : ByteView();
    if (fits && crypto::crc32c(payload) == header->payload_crc) {
      scan.entries.push_back({header->type, at, payload});
      scan.proven = std::max<uint64_t>(scan.proven, header->synced);
      readable = true;
      at += entry_size(header->length);
      continue;
    }
    if (readable) unreadable.push_back(at);
    readable = false;
    // A header that is ours says where the next entry is, even when its payload is torn.
    at += fits ? entry_size(header->length) : kEntryAlignment;
  }
  const uint64_t end = scan.entries.empty() ? 0 : scan.entries.back().offset;
  for (const uint64_t hole : unreadable) {
    if (hole < scan.proven) {
      ++scan.holes;
    } else if (hole < end) {
      ++scan.torn;
    }
  }
  return scan;
}

std::optional<BlobEntry> parse_blob_entry(ByteView payload) {
  BlobEntry entry;
  if (payload.size() < entry.digest.bytes.size()) return std::nullopt;
  std::ranges::copy(payload.first(entry.digest.bytes.size()), entry.digest.bytes.begin());
  entry.bytes = payload.subspan(entry.digest.bytes.size());
  return entry;
}

}  // namespace oree::storage

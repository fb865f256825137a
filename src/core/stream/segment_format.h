// The bytes of a segment: header and entries. Pure functions; the layout is written down in README.md.
#pragma once

#include <cstring>
#include <optional>

#include "core/stream/stream.h"

namespace oree::stream {

constexpr uint64_t kSegmentHeaderSize = 64;  // less than a sector, so it is never torn
constexpr uint64_t kEntryHeaderSize = 32;
constexpr uint64_t kEntryAlignment = 8;
constexpr uint64_t kPage = 4096;

constexpr uint64_t round_up(uint64_t value, uint64_t to) {
  return (value + to - 1) / to * to;
}

// The number belongs to one life of one file and is never used again: a counter above 32 random bits.
// Checksums start from it, so that neither what an earlier life left behind in the file nor a payload that
// somebody made to look like an entry is ever taken for one.
struct SegmentHeader {
  uint64_t number = 0;
  Position first = 0;
  Position trimmed = 0;  // entries before it are not needed; written again in place when a trim must hold
  bool operator==(const SegmentHeader&) const = default;
};
void print_segment_header(std::byte* at, const SegmentHeader& header);
std::optional<SegmentHeader> parse_segment_header(ByteView segment);

struct EntryHeader {
  uint32_t length = 0;  // of the payload
  Position position = 0;
  Position durable = 0;  // the newest durable position when this was written, or older
  uint32_t payload_crc = 0;
  bool operator==(const EntryHeader&) const = default;
};
void print_entry_header(std::byte* at, const EntryHeader& header, uint64_t number);
std::optional<EntryHeader> parse_entry_header(const std::byte* at, uint64_t number);

// What an entry takes in its segment, padding included.
constexpr uint64_t entry_size(uint64_t payload) {
  return round_up(kEntryHeaderSize + payload, kEntryAlignment);
}

// An entry whose header is sound.
struct Found {
  EntryHeader header;
  uint64_t offset = 0;
  ByteView payload;
  uint64_t end() const { return offset + entry_size(header.length); }
  bool whole() const;  // the payload, too
};

// The first entry at or after `offset` (a multiple of 8) that belongs to the life `number`, stepping over
// what cannot be read.
std::optional<Found> find_entry(ByteView segment, uint64_t number, uint64_t offset);

}  // namespace oree::stream

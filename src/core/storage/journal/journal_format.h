// The bytes of the journal: segments, entries, records. Pure functions; the layout is written down in
// README.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/storage/record_store.h"

namespace oree::storage {

// A place in the journal. Segment numbers only grow and are never used again.
struct Position {
  uint64_t segment = 0;
  uint64_t offset = 0;
  auto operator<=>(const Position&) const = default;
};

enum class EntryType : uint8_t { blob = 1, record = 2 };

constexpr size_t kSegmentHeaderSize = 64;  // less than a sector, so it is never torn
constexpr size_t kEntryHeaderSize = 24;
constexpr uint64_t kEntryAlignment = 8;

std::array<std::byte, kSegmentHeaderSize> print_segment_header(uint64_t number);
std::optional<uint64_t> parse_segment_header(ByteView bytes);

struct EntryHeader {
  EntryType type = EntryType::blob;
  uint32_t length = 0;       // of the payload
  uint32_t payload_crc = 0;  // CRC-32C
  uint32_t synced = 0;       // up to where this segment was durable when the entry was written
};
std::array<std::byte, kEntryHeaderSize> print_entry_header(const EntryHeader& header, uint64_t segment);
// What an entry takes in its segment, padding included.
constexpr uint64_t entry_size(uint64_t payload) {
  return (kEntryHeaderSize + payload + kEntryAlignment - 1) / kEntryAlignment * kEntryAlignment;
}

struct Entry {
  EntryType type;
  uint64_t offset;
  ByteView payload;  // into the scanned bytes
};

struct Scan {
  std::vector<Entry> entries;  // in order, each whole and with the right checksum
  uint64_t proven = 0;         // everything before this offset had been synced
  uint64_t holes = 0;          // unreadable places before `proven`: acknowledged data may be damaged there
  uint64_t torn = 0;           // unreadable places after it: writes nobody had been told about
};
// Reads the life of the segment that carries `number`. What an earlier life of the file left is not seen.
Scan scan_segment(ByteView bytes, uint64_t number);

// The payload of a blob entry: 32 bytes of SHA-256, then the blob.
struct BlobEntry {
  Digest digest;
  ByteView bytes;
};
std::optional<BlobEntry> parse_blob_entry(ByteView payload);

// The payload of a record entry, which is also what the index keeps.
struct RecordView {
  std::string_view id;
  WallTime time;
  std::vector<std::pair<std::string_view, std::string_view>> attributes;
  std::vector<Digest> blobs;
  std::string_view body;
};
ByteBuffer print_record(const Record& record);  // of a record that check_record() accepts
std::optional<RecordView> parse_record(ByteView payload);
Status check_record(const Record& record);

}  // namespace oree::storage

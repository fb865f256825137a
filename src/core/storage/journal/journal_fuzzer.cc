// Arbitrary bytes as a segment, as a record and as a header: reading them never leaves their bounds, and what
// is accepted prints back to the same bytes.
#include <algorithm>
#include <cstdlib>

#include "core/storage/journal/journal_format.h"

namespace {

using namespace oree;
using namespace oree::storage;

void check_record_payload(ByteView payload) {
  const auto view = parse_record(payload);
  if (!view) return;
  Record record{std::string(view->id), view->time, std::string(view->body), {}, view->blobs};
  for (const auto& [name, value] : view->attributes) record.attributes.emplace_back(name, value);
  if (!std::ranges::equal(print_record(record), payload)) std::abort();
}

// A segment whose entries have right checksums but whatever contents, so that the fuzzer gets past them.
ByteBuffer sealed_segment(ByteView bytes, uint64_t number) {
  const auto header = print_segment_header(number);
  ByteBuffer segment(header.begin(), header.end());
  while (bytes.size() > 2) {
    const size_t length = std::min<size_t>(bytes.size() - 2, static_cast<size_t>(bytes[1]) * 4);
    const ByteView payload = bytes.subspan(2, length);
    EntryHeader entry{EntryType{static_cast<uint8_t>(1 + (static_cast<int>(bytes[0]) & 1))},
                      static_cast<uint32_t>(length), crypto::crc32c(payload), 0};
    if ((static_cast<int>(bytes[0]) & 0x80) != 0) entry.payload_crc ^= 1;  // torn
    const auto printed = print_entry_header(entry, number);
    segment.insert(segment.end(), printed.begin(), printed.end());
    segment.insert(segment.end(), payload.begin(), payload.end());
    segment.resize((segment.size() + kEntryAlignment - 1) / kEntryAlignment * kEntryAlignment);
    bytes = bytes.subspan(2 + length);
  }
  return segment;
}

void check_scan(ByteView segment, uint64_t number) {
  uint64_t end = kSegmentHeaderSize;
  for (const Entry& entry : scan_segment(segment, number).entries) {
    if (entry.offset < end) std::abort();
    end = entry.offset + kEntryHeaderSize + entry.payload.size();
    if (end > segment.size()) std::abort();
    (void)parse_blob_entry(entry.payload);
    if (entry.type == EntryType::record) check_record_payload(entry.payload);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes{reinterpret_cast<const std::byte*>(data), size};
  check_record_payload(bytes);
  check_scan(bytes, parse_segment_header(bytes).value_or(1));
  check_scan(sealed_segment(bytes, 7), 7);
  return 0;
}

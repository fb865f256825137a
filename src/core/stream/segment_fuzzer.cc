// Arbitrary bytes as a segment: reading them never leaves their bounds, what is found is in order, and a
// header that is accepted prints back to the same bytes.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/stream/recovery.h"
#include "platform/crypto/crypto.h"

using namespace oree;
using namespace oree::stream;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Makes checksums right at a place the input names, so that the fuzzer comes past them.
void seal(ByteBuffer& bytes, uint64_t number) {
  for (uint64_t at = kSegmentHeaderSize; at + kEntryHeaderSize <= bytes.size(); at += kEntryAlignment) {
    if (bytes[at] != std::byte{'O'} || bytes[at + 1] != std::byte{'R'}) continue;
    EntryHeader header;
    header.length = static_cast<uint32_t>(bytes[at + 4]);
    header.position = static_cast<uint64_t>(bytes[at + 5]);
    header.durable = static_cast<uint64_t>(bytes[at + 6]);
    const bool sound = bytes[at + 7] != std::byte{'!'};
    if (sound && header.length <= bytes.size() - at - kEntryHeaderSize) {
      header.payload_crc = crypto::crc32c(ByteView(bytes).subspan(at + kEntryHeaderSize, header.length));
    }
    print_entry_header(&bytes[at], header, number);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteBuffer bytes(size);
  std::copy_n(reinterpret_cast<const std::byte*>(data), size, bytes.begin());
  if (const auto header = parse_segment_header(bytes)) {
    std::array<std::byte, kSegmentHeaderSize> printed;
    print_segment_header(printed.data(), *header);
    require(parse_segment_header(printed) == header);
  }
  (void)parse_segment_name(as_text(bytes));
  constexpr uint64_t kNumber = 5;
  for (int round = 0; round < 2; ++round) {
    const TailScan scan = scan_tail(bytes, kNumber, 1);
    require(scan.end <= round_up(std::max<uint64_t>(size, kSegmentHeaderSize), kEntryAlignment));
    require(scan.proven <= scan.end);
    Position before = 0;
    for (const Damage& damage : scan.damage) {
      require(damage.count > 0 && damage.from > before && damage.from + damage.count <= scan.last + 1);
      before = damage.from + damage.count - 1;
    }
    seal(bytes, kNumber);
  }
  return 0;
}

// The changes of sessions, as records of the second stream. A snapshot is a run of records between two marks;
// what lies before the last whole snapshot is forgotten.
//
// Stored form (little-endian): u8 type · u8 flags · u8 version · u16 id · u32 extra · u64 position · u64
// number · u16-prefixed name · u16-prefixed text · u32 count of positions, u64 each · bytes up to the end.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "services/broker/engine/content.h"

namespace oree::broker {

enum class RecordType : uint8_t {
  session =
      1,  // name client id, text user, version, number expiry, position born, bytes will, extra its delay
  ended,  // name
  subscribed,      // name, text filter, flags options, extra identifier, position since
  unsubscribed,    // name, text filter
  detached,        // name, number µs since 1970, extra expiry, flags 1: the will still waits
  sent2,           // name, id, position, text group: a QoS 2 delivery has its identifier
  released2,       // name, id: its PUBREC came
  done2,           // name, id
  progress,        // name, position next, positions unacknowledged ones before it
  group_progress,  // name key of the group, the same
  received2,       // name, id, position: in snapshots only; otherwise the message itself says it
  finished2,       // name, id, position: its PUBREL came
  retained,        // position stamp, bytes message; an empty payload clears
  keep,            // name, position; 0: not any more
  snapshot_begin,  // position: messages before it are in the snapshot
  snapshot_end,
  clock,  // position: concerns messages before it, and sessions known by then; number µs it was set forward
};

struct Record {
  RecordType type = RecordType::ended;
  uint8_t flags = 0;
  uint8_t version = 0;
  uint16_t id = 0;
  uint32_t extra = 0;
  uint64_t position = 0;
  uint64_t number = 0;
  std::string name;
  std::string text;
  std::vector<Position> positions;
  ByteBuffer bytes;

  bool operator==(const Record&) const = default;
};

void print_record(const Record& record, ByteBuffer& out);  // appends
Result<Record> parse_record(ByteView stored);

}  // namespace oree::broker

// What open() finds in the folder: which segments there are, where the last one ends, what is damaged.
#pragma once

#include "core/stream/segment.h"

namespace oree::stream {

struct Damage {
  Position from = 0;
  uint64_t count = 0;
  std::string where;
};

// What the entries of one segment prove about each other. Pure.
struct TailScan {
  Position last = 0;    // the newest entry that counts
  uint64_t end = 0;     // the offset behind it
  uint64_t proven = 0;  // up to this offset everything was durable when the last entry was written
  bool torn = false;    // entries nobody was told about lie behind `end`
  std::vector<Damage> damage;
};
// Positions that are missing although a later entry says that they were durable are damage; the first one
// that is missing otherwise is the end.
TailScan scan_tail(ByteView segment, uint64_t number, Position first);

struct Recovered {
  std::vector<std::shared_ptr<Segment>> segments;  // in order; the last is open, in memory, and goes on
  std::vector<std::string> reusable;               // files that hold nothing
  uint32_t next_counter = 1;
  uint64_t bytes = 0;  // of all files
  Position trimmed = 0;
  std::vector<Damage> damage;
};
Result<Recovered> recover(const files::Path& folder, files::Disk& disk);

constexpr uint64_t kMaxSegmentBytes = 4ull << 30;

}  // namespace oree::stream

// Messages in the order they came, durable before anybody is told, read again from any position.
//
// A stream is a folder of segments, each entry with a checksum. append() numbers the entry and queues it; one
// thread writes what is waiting and calls fdatasync once for all of it (group commit), then tells
// `on_durable`. Nothing that is durable is ever changed. Space is freed from the front, whole segments at a
// time, by trim().
//
//   auto stream = Stream::open(folder, {.on_durable = acknowledge}, disk, log);
//   const ByteView parts[] = {header, payload};
//   (*stream)->append(parts);                  // acknowledge(1) follows
//   auto reader = (*stream)->reader((*stream)->stats().first);
//   while (auto entry = reader->next()) { if (entry->position == 0) break; … }
//
// open() after a crash keeps every entry that was durable, cuts a torn tail, and says which positions damage
// has cost; the rest is served. It reads the last segment only, so millions of entries open in well under a
// second; what lies before is checked when it is read. One process at a time: `conflict` for the second.
//
// Errors of append(): `full` when the stream has reached max_bytes or the disk min_free (recovers by itself
// after trim()), `invalid` for an entry larger than max_entry, `unavailable` after a failed write or sync,
// until it is opened again, and after stop(). Thread-safe; a Reader belongs to one thread at a time and must
// not outlive its Stream.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "platform/files/files.h"

namespace oree::stream {

// 1, 2, 3 … without gaps. Once durable never used again; one that append() gave and a crash took may be.
using Position = uint64_t;

struct Options {
  uint64_t max_bytes = 1'000'000'000;  // of all segments, allocated ones included
  uint64_t min_free = 100'000'000;     // left on the disk
  uint64_t segment_bytes = 16 << 20;   // at most a quarter of max_bytes; so much memory is taken, too
  uint64_t max_entry = 8 << 20;        // or what a segment takes, if that is less
  // append() has the writer start only when so many bytes wait; what is less waits for nudge(). For callers
  // who know when they have nothing more to append for now: one sync then covers all of it. 0: at once.
  uint64_t gather_bytes = 0;
  // In order and never twice at once, on the writer's thread or inside somebody's commit(), wait_durable() or
  // sync_trim(): every entry up to and including this one is on disk. Must not block nor call this stream,
  // stats() and readers excepted.
  std::function<void(Position)> on_durable;
  // The same, once, when nothing more can be made durable.
  std::function<void(const Error&)> on_failure;
};

struct Entry {
  Position position = 0;
  ByteView bytes;  // valid until the reader's next call
};

// Walks forward; sees entries as soon as they are durable. Keeps the segment it stands in in memory (shared
// with other readers), so drop readers that will not be asked for long.
class Reader {
 public:
  virtual ~Reader() = default;
  // The next entry; an entry with position 0 when there is none yet. Positions that were trimmed or lost to
  // damage are skipped. `corrupt` is reported once per damaged place, then reading goes on behind it; after
  // any other error the next call tries the same place again.
  virtual Result<Entry> next() = 0;
  virtual void seek(Position next) = 0;  // microseconds within a segment in memory, milliseconds elsewhere
};

struct Stats {
  Position first = 1;    // the oldest entry that can be read
  Position next = 1;     // what append() will give
  Position durable = 0;  // the newest on disk
  uint64_t bytes = 0;    // on disk, whole segments
  uint64_t syncs = 0;
  uint64_t written_bytes = 0;
  uint64_t lost = 0;  // entries that open() or a reader found damaged
};

class Stream {
 public:
  static Result<std::unique_ptr<Stream>> open(const std::filesystem::path& folder, Options options,
                                              files::Disk& disk, Log& log);
  virtual ~Stream() = default;

  // Copies the parts, one after the other, as one entry. Returns before it is durable; blocks only while more
  // than 8 MB wait for the disk, or the next segment is being made.
  virtual Result<Position> append(std::span<const ByteView> parts) = 0;
  // What was appended so far is written as soon as can be (Options::gather_bytes).
  virtual void nudge() {}
  // append() and wait_durable() in one: a caller that is alone writes and syncs by itself, without a change
  // of threads.
  virtual Result<Position> commit(std::span<const ByteView> parts) = 0;
  // Waits until it is on disk.
  virtual Status wait_durable(Position position) = 0;
  virtual std::unique_ptr<Reader> reader(Position from) = 0;
  // Entries before `keep_from` are not needed any more and will not be read. The mark is made durable when it
  // frees a segment, by sync_trim() and by stop(); until then a crash may bring back the newest of them, at
  // most what two segments hold.
  virtual void trim(Position keep_from) = 0;
  // Makes the last trim() durable now: from here on nothing before it comes back. One sync.
  virtual Status sync_trim() = 0;
  virtual Stats stats() const = 0;
  // Makes durable what was appended, then closes; further calls fail with `unavailable`.
  virtual void stop() = 0;
};

}  // namespace oree::stream

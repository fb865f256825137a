// Writes the journal, many commits per sync.
//
// What waits in the queue becomes one write; if a record is among it, one fdatasync follows, and everybody
// whose record it was goes on. One at a time holds the pen: a caller takes it when it is free and writes for
// all who wait, so that a lone commit costs no change of threads; a thread of its own writes what came while
// the pen was taken. Blobs are written without waiting for the disk: the next record's sync covers them,
// because it is the same file.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core/storage/index/index.h"
#include "core/storage/journal/health.h"
#include "core/storage/journal/segments.h"

namespace oree::storage {

// An entry that is in the journal, on its way to the index.
struct Journaled {
  Change change;          // AddBlob or AddRecord
  Position end;           // the first byte after it
  uint64_t reserved = 0;  // in Space, until it is in the index
};

// Called by whoever holds the pen, never by two at once; must not block for long.
class JournalObserver {
 public:
  virtual ~JournalObserver() = default;
  virtual void blob_journaled(const Digest& digest, const Status& status) = 0;
  virtual void journaled(std::vector<Journaled> entries) = 0;  // in order; records among them are durable
  virtual void not_journaled(uint64_t reserved) = 0;
  virtual void segment_full(uint64_t number) = 0;  // durable, and everything in it went through journaled()
};

class JournalWriter {
 public:
  JournalWriter(OpenSegment first, JournalObserver& observer, Health& health);
  ~JournalWriter();

  // Returns at once, unless too many bytes are waiting already.
  Status append_blob(const Digest& digest, std::shared_ptr<const ByteBuffer> bytes, uint64_t reserved);
  // Durable when it returns.
  Status append_record(ByteBuffer payload, uint64_t reserved);

  // `invalid` for what no segment takes.
  Status check_length(EntryType type, uint64_t length) const;
  void offer(OpenSegment spare);  // the segment to go on with
  void stall(const Error& why);   // there is none for now: what does not fit fails with this
  void stop();                    // writes what is queued, then ends

  uint64_t syncs() const { return syncs_; }
  uint64_t written_bytes() const { return written_; }

 private:
  struct Pending {
    EntryType type = EntryType::blob;
    Digest digest;                            // of a blob
    std::shared_ptr<const ByteBuffer> bytes;  // of a blob
    ByteBuffer payload;                       // of a record
    uint32_t crc = 0;
    uint64_t reserved = 0;
    struct Ticket* ticket = nullptr;  // of a record
    uint64_t length() const {
      return type == EntryType::blob ? sizeof digest.bytes + bytes->size() : payload.size();
    }
  };
  using Run = std::vector<Pending>;

  Status enqueue(Pending pending);
  void run();
  void write_next(std::unique_lock<std::mutex>& lock);
  Run take_batch();
  void write(Run batch);
  Status write_run(Run& run);
  Status sync();
  bool better_segment_waits();
  Status rotate();
  void deliver(Run done, const Status& status);
  Result<OpenSegment> take_spare();

  JournalObserver& observer_;
  Health& health_;
  const uint64_t largest_payload_;
  std::atomic<uint64_t> syncs_{0};
  std::atomic<uint64_t> written_{0};

  // Belong to whoever holds the pen.
  OpenSegment segment_;
  uint64_t offset_ = kSegmentHeaderSize;
  uint64_t synced_ = kSegmentHeaderSize;
  Run written_run_;  // in the file, not yet told to anybody
  std::vector<uint64_t> ends_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::condition_variable room_;
  std::condition_variable acknowledged_;
  std::deque<Pending> queue_;
  uint64_t queued_bytes_ = 0;
  bool writing_ = false;  // the pen is taken
  std::optional<OpenSegment> spare_;
  std::optional<Error> stalled_;
  bool stopping_ = false;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace oree::storage

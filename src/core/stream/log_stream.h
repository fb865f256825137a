// Stream over segments.
//
// append() copies the entry into the memory image of the segment that is being filled. Whoever holds the pen
// writes everything that image has and the file has not, syncs, and tells: the writer's thread, or a caller
// that would otherwise wait for it. Readers read the same image; older segments come from the disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "core/stream/recovery.h"
#include "core/stream/spares.h"

namespace oree::stream {

// What a reader walks through.
struct Window {
  std::shared_ptr<const Image> image;  // none: the position was trimmed meanwhile, look again
  uint64_t offset = 0;                 // at or before the entry that was asked for
  std::string name;
};

class LogStream final : public Stream {
 public:
  LogStream(files::Path folder, Options options, files::Disk& disk, Log& log,
            std::unique_ptr<files::FolderLock> folder_lock);
  ~LogStream() override { stop(); }
  Status start(Recovered recovered);

  Result<Position> append(std::span<const ByteView> parts) override;
  void nudge() override;
  Result<Position> commit(std::span<const ByteView> parts) override;
  Status wait_durable(Position position) override;
  std::unique_ptr<Reader> reader(Position from) override;
  void trim(Position keep_from) override;
  Status sync_trim() override;
  Stats stats() const override;
  void stop() override;

  // For readers.
  Position first() const { return first_.load(std::memory_order_acquire); }
  Position durable() const { return durable_.load(std::memory_order_acquire); }
  Result<Window> find(Position position);
  Error report(Damage damage);  // counts and logs it the first time

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Batch {
    std::shared_ptr<Segment> segment;
    uint64_t from = 0;
    uint64_t to = 0;
    Position last = 0;
    Position durable = 0;
    Position trimmed = 0;       // what the header says that is written with it
    bool header_again = false;  // written in place
    std::string rename_from;
  };

  Status check() const;
  Result<Position> put(std::span<const ByteView> parts, bool wake_writer);
  Status make_room(uint64_t size, Lock& lock);
  void begin_segment(Spare spare);
  void place(std::span<const ByteView> parts, const EntryHeader& header);
  void run();
  bool has_work() const;
  bool should_write() const;
  void start_writing();
  void write_next(Lock& lock);
  Batch take_batch();
  Status write(const Batch& batch);
  Status write_entries(const Batch& batch);
  void finish(const Batch& batch, const Status& status, Lock& lock);
  void close_written_segments();
  bool could_free(Position trimmed) const;
  void free_segments();

  const files::Path folder_;
  const Options options_;
  files::Disk& disk_;
  Log& log_;
  const std::unique_ptr<files::FolderLock> folder_lock_;
  uint64_t max_entry_ = 0;
  uint64_t segment_bytes_ = 0;
  std::unique_ptr<Spares> spares_;
  std::atomic<Position> first_{1};
  std::atomic<Position> durable_{0};
  std::atomic<uint64_t> syncs_{0};
  std::atomic<uint64_t> written_bytes_{0};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::condition_variable room_;
  std::condition_variable done_;
  std::map<Position, std::shared_ptr<Segment>> segments_;  // by first position
  std::deque<std::shared_ptr<Segment>> unwritten_;         // the last is being filled, always there
  Position next_ = 1;
  uint64_t waiting_bytes_ = 0;
  Position trimmed_ = 0;       // entries before it are not needed
  Position trim_durable_ = 0;  // and will not come back
  bool trim_wanted_ = false;   // on disk, as soon as can be
  bool nudged_ = false;        // entries are to be written now, not only gathered
  bool writing_ = false;       // the pen is taken
  bool stopping_ = false;
  bool stopped_ = false;
  std::optional<Error> failure_;
  std::map<Position, uint64_t> lost_;  // from → count

  std::jthread thread_;  // last
};

}  // namespace oree::stream

// The thread that makes a full segment superfluous: everything in it becomes durable as files and index rows,
// then its file is the next segment. It also prepares that segment, so that the writer never waits for one.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core/storage/blobs/blob_files.h"
#include "core/storage/index/indexer.h"
#include "core/storage/journal/health.h"
#include "core/storage/journal/journal_writer.h"

namespace oree::storage {

class Checkpointer {
 public:
  struct Parts {
    files::Disk& disk;
    files::Path folder;
    BlobFiles& blobs;
    Segments& segments;  // used on this thread only from now on
    Index& index;
    Indexer& indexer;
    JournalWriter& writer;
    Health& health;
    Log& log;
  };
  explicit Checkpointer(Parts parts);
  ~Checkpointer();

  void segment_full(uint64_t number);
  void stop();  // at once; a full segment is then left for the next open, or for settle()
  // Makes everything durable; with the threads stopped, on the caller's.
  static Status settle(BlobFiles& blobs, Index& index);

 private:
  void run();
  Status work(std::optional<uint64_t> full);

  Parts parts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<uint64_t> full_;
  bool spare_due_ = true;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace oree::storage

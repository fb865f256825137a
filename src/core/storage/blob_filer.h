// The thread that turns blobs into files while others run inference. The journal has them too, so nothing is
// synced here.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core/storage/blob_files.h"
#include "core/storage/blob_states.h"

namespace oree::storage {

class BlobFiler {
 public:
  BlobFiler(BlobFiles& files, BlobStates& states);
  ~BlobFiler();
  // Returns at once, unless too many bytes are waiting already.
  void enqueue(const Digest& digest, std::shared_ptr<const ByteBuffer> bytes);
  void stop();  // files what is queued, then ends

 private:
  struct Job {
    Digest digest;
    std::shared_ptr<const ByteBuffer> bytes;
  };
  void run();

  BlobFiles& files_;
  BlobStates& states_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  uint64_t queued_bytes_ = 0;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace oree::storage

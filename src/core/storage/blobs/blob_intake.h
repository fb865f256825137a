// The thread that takes blobs in while others run inference: whoever hands one in pays for a queue's place
// only, not for its hash, its file or its way into the journal.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "base/background.h"
#include "core/storage/record_store.h"

namespace oree::storage {

class BlobIntake {
 public:
  using Bytes = std::shared_ptr<const ByteBuffer>;
  using Name = std::promise<Result<Digest>>;
  // Called on the intake's thread, one blob after the other; must keep the promise.
  using Keep = std::function<void(Bytes, Name)>;

  explicit BlobIntake(Keep keep);
  ~BlobIntake();
  // Returns at once, unless too many bytes are waiting already.
  std::future<Result<Digest>> enqueue(Bytes bytes);
  void stop();  // keeps what is queued, then ends

 private:
  struct Job {
    Bytes bytes;
    Name name;
  };
  void run();

  Keep keep_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable room_;
  std::deque<Job> queue_;
  uint64_t queued_bytes_ = 0;
  bool stopping_ = false;
  std::jthread thread_;
  OtherProcessor processor_{thread_};
};

}  // namespace oree::storage

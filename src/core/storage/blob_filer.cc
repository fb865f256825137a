#include "core/storage/blob_filer.h"

namespace oree::storage {
namespace {

constexpr uint64_t kMaxQueued = 64 << 20;

}  // namespace

BlobFiler::BlobFiler(BlobFiles& files, BlobStates& states)
    : files_(files), states_(states), thread_([this] { run(); }) {}

BlobFiler::~BlobFiler() {
  stop();
}

void BlobFiler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void BlobFiler::enqueue(const Digest& digest, std::shared_ptr<const ByteBuffer> bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopping_ || queued_bytes_ < kMaxQueued; });
  if (stopping_) {
    lock.unlock();
    states_.filed(digest, fail(ErrorKind::unavailable, "the store is stopped"));
    return;
  }
  queued_bytes_ += bytes->size();
  queue_.push_back({digest, std::move(bytes)});
  changed_.notify_all();
}

void BlobFiler::run() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    const Status stored = files_.store(job.digest, *job.bytes);
    states_.filed(job.digest, stored);
    const std::lock_guard lock(mutex_);
    queued_bytes_ -= job.bytes->size();
    changed_.notify_all();
  }
}

}  // namespace oree::storage

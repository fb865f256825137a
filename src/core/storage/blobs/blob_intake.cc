#include "core/storage/blobs/blob_intake.h"

#include "base/background.h"

namespace oree::storage {
namespace {

constexpr uint64_t kMaxQueued = 64 << 20;

}  // namespace

BlobIntake::BlobIntake(Keep keep) : keep_(std::move(keep)), thread_([this] { run(); }) {}

BlobIntake::~BlobIntake() {
  stop();
}

void BlobIntake::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_all();
    room_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::future<Result<Digest>> BlobIntake::enqueue(Bytes bytes) {
  Job job{std::move(bytes), {}};
  auto name = job.name.get_future();
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopping_ || queued_bytes_ < kMaxQueued; });
  if (stopping_) {
    job.name.set_value(fail(ErrorKind::unavailable, "the store is stopped"));
    return name;
  }
  queued_bytes_ += job.bytes->size();
  queue_.push_back(std::move(job));
  processor_.leave_mine();
  work_.notify_one();
  return name;
}

void BlobIntake::run() {
  stay_in_background();
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    const uint64_t size = job.bytes->size();
    keep_(std::move(job.bytes), std::move(job.name));
    const std::lock_guard lock(mutex_);
    queued_bytes_ -= size;
    room_.notify_all();
  }
}

}  // namespace oree::storage

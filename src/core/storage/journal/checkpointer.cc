#include "core/storage/journal/checkpointer.h"

#include "base/background.h"

namespace oree::storage {
namespace {

constexpr std::chrono::seconds kRetry{1};
// The index may be at a checkpoint of its own: that passes, and is no reason to refuse a commit.
constexpr std::chrono::milliseconds kBusyRetry{10};
constexpr int kMostBusy = 1000;

}  // namespace

Checkpointer::Checkpointer(Parts parts) : parts_(std::move(parts)), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  stop();
}

void Checkpointer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::segment_full(uint64_t number) {
  const std::lock_guard lock(mutex_);
  full_.push_back(number);
  spare_due_ = true;
  changed_.notify_all();
}

void Checkpointer::run() {
  stay_in_background();
  bool failed = false;
  int busy = 0;
  while (true) {
    std::optional<uint64_t> full;
    {
      std::unique_lock lock(mutex_);
      if (busy > 0) changed_.wait_for(lock, kBusyRetry, [&] { return stopping_; });
      if (failed) changed_.wait_for(lock, kRetry, [&] { return stopping_; });
      changed_.wait(lock, [&] { return stopping_ || spare_due_; });
      if (stopping_) return;
      if (!full_.empty()) full = full_.front();
    }
    const Status done = work(full);
    busy = !done && done.error().kind == ErrorKind::busy && busy < kMostBusy ? busy + 1 : 0;
    if (busy > 0) continue;
    if (!done) {
      if (!failed) parts_.log.error(cat("checkpoint failed, the journal will fill up: ", done.error().what));
      parts_.writer.stall(done.error());
    }
    failed = !done;
  }
}

// Takes `full` back into use, if there is one, and hands the writer its next segment.
Status Checkpointer::work(std::optional<uint64_t> full) {
  if (full) {
    if (auto drained = parts_.indexer.drain(); !drained) return drained;
    parts_.blobs.forget_unsynced();  // before it: what comes meanwhile may be missed
    if (auto synced = parts_.disk.sync_all(parts_.folder); !synced) {
      // Files that could not be synced look clean now: only the journal still has them for certain.
      parts_.health.poison(synced.error());
      return synced;
    }
    if (auto synced = parts_.index.sync(); !synced) return synced;
    parts_.segments.retire(*full);
    const std::lock_guard lock(mutex_);
    full_.pop_front();
  }
  auto spare = parts_.segments.prepare(true);
  if (!spare) return forward(spare);
  parts_.writer.offer(std::move(*spare));
  const std::lock_guard lock(mutex_);
  spare_due_ = !full_.empty();
  return {};
}

Status Checkpointer::settle(BlobFiles& blobs, Index& index) {
  if (auto synced = blobs.sync(); !synced) return synced;
  return index.sync();
}

}  // namespace oree::storage

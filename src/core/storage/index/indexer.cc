#include "core/storage/index/indexer.h"

#include <algorithm>
#include <utility>

#include "base/background.h"

namespace oree::storage {
namespace {

constexpr size_t kBatch = 64;
constexpr std::chrono::seconds kLazy{1};
constexpr std::chrono::seconds kRetry{1};

}  // namespace

Indexer::Indexer(Parts parts)
    : parts_(std::move(parts)), sweeping_(parts_.sweep), thread_([this] { run(); }) {}

Indexer::~Indexer() {
  stop();
}

void Indexer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Indexer::enqueue(Items entries) {
  const std::lock_guard lock(mutex_);
  enqueued_ += entries.size();
  const bool was_empty = queue_.empty();
  std::move(entries.begin(), entries.end(), std::back_inserter(queue_));
  if (was_empty || queue_.size() >= kBatch) work_.notify_all();
}

Status Indexer::drain() {
  std::unique_lock lock(mutex_);
  const uint64_t target = enqueued_;
  if (indexed_ >= target) return {};
  wanted_ = std::max(wanted_, target);
  failure_.reset();
  work_.notify_all();
  done_.wait(lock, [&] { return indexed_ >= target || failure_ || ended_; });
  if (indexed_ >= target) return {};
  return std::unexpected(failure_.value_or(Error{ErrorKind::unavailable, "the store is stopped"}));
}

Status Indexer::retain() {
  std::unique_lock lock(mutex_);
  const uint64_t target = ++rounds_wanted_;
  failure_.reset();
  work_.notify_all();
  done_.wait(lock, [&] { return rounds_done_ >= target || failure_ || ended_; });
  if (rounds_done_ >= target) return {};
  return std::unexpected(failure_.value_or(Error{ErrorKind::unavailable, "the store is stopped"}));
}

bool Indexer::idle() {
  const std::lock_guard lock(mutex_);
  return indexed_ == enqueued_;
}

void Indexer::request_room() {
  const std::lock_guard lock(mutex_);
  room_wanted_ = true;
  work_.notify_all();
}

// Waits until there is something to do; empty when that is no entry.
Indexer::Items Indexer::take() {
  std::unique_lock lock(mutex_);
  const auto urgent = [&] {
    return stopping_ || wanted_ > indexed_ || rounds_wanted_ > rounds_done_ || room_wanted_ || sweeping_ ||
           queue_.size() >= kBatch;
  };
  const bool resting = failure_.has_value();  // until somebody asks, or the retry is due
  if (resting) {
    work_.wait_for(lock, kRetry, [&] { return stopping_ || !failure_; });
  } else {
    work_.wait(lock, [&] { return urgent() || !queue_.empty(); });
    if (!urgent()) work_.wait_for(lock, kLazy, urgent);
  }
  Items items;
  const size_t count = std::min(queue_.size(), kBatch);
  std::move(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(count), std::back_inserter(items));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(count));
  return items;
}

void Indexer::run() {
  stay_in_background();
  while (true) {
    Items items = take();
    const size_t count = items.size();
    const Status indexed = items.empty() ? Status() : index(items);
    if (indexed) {
      const std::lock_guard lock(mutex_);
      indexed_ += count;
      failure_.reset();
      done_.notify_all();
    } else {
      put_back(std::move(items), indexed.error());
    }
    const bool more = indexed && retention_step();
    if (parts_.index.size().log > parts_.max_log_bytes) {
      const Status emptied = parts_.index.empty_log();
      if (!emptied && emptied.error().kind != ErrorKind::busy) parts_.log.error(emptied.error().what);
      parts_.space.measured(parts_.index.totals(), parts_.index.size());
    }
    const std::lock_guard lock(mutex_);
    if (more) room_wanted_ = true;
    ended_ = stopping_ && (queue_.empty() || !indexed);
    done_.notify_all();
    if (ended_) return;
  }
}

void Indexer::put_back(Items items, const Error& why) {
  parts_.log.error(cat("the index cannot be written, records stay in the journal: ", why.what));
  if (why.kind == ErrorKind::corrupt) parts_.damaged(why);
  const std::lock_guard lock(mutex_);
  queue_.insert(queue_.begin(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
  failure_ = why;
}

// One transaction. The items are unchanged when it fails.
Status Indexer::index(Items& items) {
  Batch batch;
  batch.applied = items.back().end;
  std::vector<size_t> sources;
  for (size_t i = 0; i < items.size(); ++i) {
    // Without its file a blob is not stored; whoever put it learns that from commit().
    const auto* blob = std::get_if<AddBlob>(&items[i].change);
    if (blob != nullptr && !parts_.states.await_file(blob->digest)) continue;
    batch.changes.push_back(std::move(items[i].change));
    sources.push_back(i);
  }
  const Status applied = parts_.index.apply(batch, false);
  for (size_t i = 0; i < sources.size(); ++i) items[sources[i]].change = std::move(batch.changes[i]);
  if (!applied) return applied;
  parts_.space.measured(parts_.index.totals(), parts_.index.size());
  for (const Journaled& item : items) {
    if (const auto* blob = std::get_if<AddBlob>(&item.change)) parts_.states.arrived(blob->digest);
    if (const auto* added = std::get_if<AddRecord>(&item.change)) {
      const auto record = parse_record(added->payload);
      for (const Digest& digest : record->blobs) parts_.states.end_commit(digest, true);
    }
    parts_.space.release(item.reserved);
  }
  return {};
}

// True: there is more to delete now.
bool Indexer::retention_step() {
  uint64_t round = 0;
  bool by_age = false;
  bool sweep = false;
  {
    const std::lock_guard lock(mutex_);
    round = rounds_wanted_;
    by_age = rounds_wanted_ > rounds_done_;
    sweep = sweeping_ && !by_age && queue_.empty();
    const bool room = std::exchange(room_wanted_, false);
    if (!by_age && !room && !sweep && parts_.space.excess() == 0) return false;
  }
  const auto more = parts_.retention.step(by_age);
  const auto litter = sweep && more ? parts_.retention.sweep_litter() : Result<bool>(sweep);
  if (!more || !litter) {
    const Error& why = more ? litter.error() : more.error();
    parts_.log.error(cat("old records cannot be deleted: ", why.what));
    if (why.kind == ErrorKind::corrupt) parts_.damaged(why);
  }
  if (!more || !*more) parts_.space.round_over(more && parts_.index.totals().records > 0);
  const std::lock_guard lock(mutex_);
  if (!more) failure_ = more.error();
  if (sweep) sweeping_ = litter && *litter;
  if (more && !*more && by_age) rounds_done_ = round;
  return more && *more;
}

}  // namespace oree::storage

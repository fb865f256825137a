#include "core/storage/space.h"

#include <algorithm>

#include "base/text.h"

namespace oree::storage {
namespace {

constexpr std::chrono::seconds kPatience{5};  // for the retention to make room; its rounds take milliseconds
constexpr uint64_t kHeadroomParts = 16;

}  // namespace

Space::Space(const StoreOptions& options, files::Disk& disk, files::Path folder, uint64_t journal_bytes)
    : options_(options),
      disk_(disk),
      folder_(std::move(folder)),
      headroom_(std::min(options.max_bytes / kHeadroomParts, 2 * options.segment_bytes)),
      journal_bytes_(journal_bytes) {}

uint64_t Space::used_locked() const {
  return journal_bytes_ + blob_bytes_ + index_.bytes + reserved_;
}

bool Space::fits(uint64_t bytes) const {
  return bytes <= options_.max_bytes && used_locked() <= options_.max_bytes - bytes;
}

Status Space::refuse(std::string why) {
  ++refused_;
  return fail(ErrorKind::full, std::move(why));
}

Status Space::admit(uint64_t bytes, const std::function<void()>& make_room) {
  const auto free = disk_.free_bytes(folder_);
  std::unique_lock lock(mutex_);
  if (free && *free < options_.min_free) {
    return refuse(cat("disk has ", size_text(*free), " free, below the ", size_text(options_.min_free),
                      " floor set by storage.min_free"));
  }
  if (!fits(bytes)) {
    wanted_ += bytes;
    const uint64_t now = rounds_;
    lock.unlock();
    make_room();
    lock.lock();
    const auto hopeless = [&] { return rounds_ > now && exhausted_ && reserved_ == 0; };
    changed_.wait_for(lock, kPatience, [&] { return fits(bytes) || hopeless(); });
    wanted_ -= bytes;
    if (!fits(bytes)) {
      return refuse(
          cat("the store holds ", size_text(used_locked()), " of the ", size_text(options_.max_bytes),
              " set by storage.max_bytes and has nothing left to delete for ", size_text(bytes), " more"));
    }
  }
  reserved_ += bytes;
  return {};
}

void Space::release(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  reserved_ -= bytes;
  changed_.notify_all();
}

void Space::set_journal(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  journal_bytes_ = bytes;
}

void Space::measured(const IndexTotals& totals, const IndexSize& size) {
  const std::lock_guard lock(mutex_);
  blob_bytes_ = totals.blob_bytes;
  index_ = size;
  if (totals.records > 0) exhausted_ = false;
  changed_.notify_all();
}

uint64_t Space::used() const {
  const std::lock_guard lock(mutex_);
  return used_locked() - reserved_;
}

uint64_t Space::free_on_disk() const {
  return disk_.free_bytes(folder_).value_or(0);
}

uint64_t Space::excess() const {
  const std::lock_guard lock(mutex_);
  // Pages free inside the index count as deleted: shrink() or new records take them.
  const uint64_t live = used_locked() + wanted_ - std::min(index_.reusable, used_locked());
  const uint64_t high = options_.max_bytes - headroom_ / 2;
  const uint64_t low = options_.max_bytes - headroom_;
  return live > high ? live - low : 0;
}

uint64_t Space::shrinkable() const {
  const std::lock_guard lock(mutex_);
  const uint64_t low = options_.max_bytes - headroom_;
  const uint64_t total = used_locked() + wanted_;
  return total > low ? std::min(index_.reusable, total - low) : 0;
}

void Space::round_over(bool more) {
  const std::lock_guard lock(mutex_);
  ++rounds_;
  exhausted_ = !more;
  changed_.notify_all();
}

bool Space::full() const {
  const uint64_t free = free_on_disk();
  const std::lock_guard lock(mutex_);
  return free < options_.min_free || (exhausted_ && !fits(headroom_ / 2));
}

uint64_t Space::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace oree::storage

#include "core/stream/spares.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/background.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::stream {
namespace {

constexpr size_t kKept = 2;  // files that wait to be used again; more are deleted
constexpr auto kPatience = std::chrono::seconds(1);
constexpr uint64_t kChunk = 1 << 20;

uint64_t new_number(uint32_t counter) {
  std::array<std::byte, sizeof(uint32_t)> bytes;
  crypto::random_bytes(bytes);
  return uint64_t{counter} << 32 | std::bit_cast<uint32_t>(bytes);
}

}  // namespace

Spares::Spares(SpareOptions options, files::Disk& disk, uint32_t next_counter, uint64_t used_bytes,
               std::vector<std::string> reusable)
    : options_(std::move(options)), disk_(disk), next_counter_(next_counter), bytes_(used_bytes) {
  for (std::string& name : reusable) recycle(std::move(name), options_.segment_bytes);
}

void Spares::start(std::function<void()> changed) {
  changed_ = std::move(changed);
  thread_ = std::jthread([this](const std::stop_token& stopping) { run(stopping); });
}

Result<Spare> Spares::make_first() {
  return make(true);
}

std::optional<Spare> Spares::take() {
  const std::lock_guard lock(mutex_);
  if (!spare_) return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  in_a_hurry_ = now - taken_ < kPatience;
  taken_ = now;
  std::optional<Spare> taken = std::move(spare_);
  spare_.reset();
  work_.notify_all();
  return taken;
}

std::optional<Error> Spares::stalled() const {
  const std::lock_guard lock(mutex_);
  return stalled_;
}

void Spares::recycle(std::string name, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (reusable_.size() < kKept && bytes == options_.segment_bytes) {
    reusable_.push_back(std::move(name));
  } else {
    surplus_.push_back({std::move(name), bytes});
  }
  stalled_.reset();
  work_.notify_all();
}

void Spares::remove_surplus(std::unique_lock<std::mutex>& lock) {
  while (!surplus_.empty()) {
    const Surplus one = std::move(surplus_.back());
    surplus_.pop_back();
    lock.unlock();
    const bool gone = disk_.remove(options_.folder / one.name).has_value();
    lock.lock();
    if (gone) bytes_ -= std::min(bytes_, one.bytes);
  }
}

void Spares::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

uint64_t Spares::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void Spares::run(const std::stop_token& stopping) {
  stay_in_background();
  std::unique_lock lock(mutex_);
  while (!stopping.stop_requested()) {
    remove_surplus(lock);
    if (spare_) {
      work_.wait(lock, stopping, [&] { return !spare_ || !surplus_.empty(); });
      continue;
    }
    // Again after a while, or as soon as a file is freed.
    if (stalled_ && work_.wait_for(lock, stopping, kPatience, [&] { return !stalled_; })) continue;
    if (stopping.stop_requested()) return;
    const bool fill = !in_a_hurry_;
    lock.unlock();
    auto made = make(fill);
    lock.lock();
    if (made) {
      spare_ = std::move(*made);
      stalled_.reset();
    } else {
      stalled_ = made.error();
    }
    lock.unlock();
    changed_();
    lock.lock();
  }
}

Status Spares::check_room() const {
  if (bytes() + options_.segment_bytes > options_.max_bytes) {
    return fail(ErrorKind::full,
                cat(options_.folder.string(), " has reached its limit of ", size_text(options_.max_bytes),
                    "; it accepts more when what it holds was passed on"));
  }
  const auto free = disk_.free_bytes(options_.folder);
  if (!free) return forward(free);
  if (*free >= options_.min_free + options_.segment_bytes) return {};
  return fail(ErrorKind::full, cat("the disk of ", options_.folder.string(), " has ", size_text(*free),
                                   " left, and ", size_text(options_.min_free), " are to stay free"));
}

Status Spares::fill_with_zeros(files::FixedFile& file) const {
  const ByteBuffer zeros(std::min(file.size(), kChunk));
  for (uint64_t at = 0; at < file.size(); at += zeros.size()) {
    const ByteView part = ByteView(zeros).first(std::min<uint64_t>(zeros.size(), file.size() - at));
    if (auto written = file.write_at(at, {&part, 1}); !written) return written;
  }
  return file.sync();
}

std::string Spares::take_reusable() {
  const std::lock_guard lock(mutex_);
  if (reusable_.empty()) return {};
  std::string name = std::move(reusable_.back());
  reusable_.pop_back();
  return name;
}

Result<Spare> Spares::make(bool fill) {
  const uint64_t number = new_number(next_counter_);
  const std::string name = spare_name(number);
  std::string old = take_reusable();
  const bool fresh = old.empty();
  const auto keep_for_later = [&](std::string file) {
    const std::lock_guard lock(mutex_);
    reusable_.push_back(std::move(file));
  };
  if (fresh) {
    if (auto room = check_room(); !room) return forward(room);
  } else if (old != name) {
    if (auto renamed = disk_.rename(options_.folder / old, options_.folder / name); !renamed) {
      keep_for_later(std::move(old));
      return forward(renamed);
    }
  }
  auto file = disk_.open_fixed(options_.folder / name, options_.segment_bytes);
  if (!file) {
    if (!fresh) keep_for_later(name);
    return forward(file);
  }
  if (fresh) {
    const std::lock_guard lock(mutex_);
    bytes_ += options_.segment_bytes;
  }
  if (fresh && fill) {
    if (auto filled = fill_with_zeros(**file); !filled) {
      keep_for_later(name);
      return forward(filled);
    }
  }
  ++next_counter_;
  return Spare{number, name, std::move(*file)};
}

}  // namespace oree::stream

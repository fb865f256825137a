#include "nodes/authority/teller.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"

namespace oree::authority {
namespace {

constexpr milliseconds kFirstPause{500};
constexpr milliseconds kLongestPause{30'000};

}  // namespace

Teller::Teller(Store& store, Tell tell, Log& log) : store_(store), tell_(std::move(tell)), log_(log) {
  if (tell_) thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void Teller::nudge() {
  {
    const std::lock_guard lock(mutex_);
    nudged_ = true;
  }
  wake_.notify_one();
}

void Teller::stop() {
  thread_ = {};
}

void Teller::work(const std::stop_token& stop) {
  milliseconds pause = kFirstPause;
  std::unique_lock lock(mutex_);
  bool all = true;
  while (!stop.stop_requested()) {
    const auto ready = [this] { return nudged_; };
    if (all) {
      wake_.wait(lock, stop, ready);
    } else {
      wake_.wait_for(lock, stop, pause, ready);
    }
    if (stop.stop_requested()) return;
    nudged_ = false;
    lock.unlock();
    const auto left = tell_all(stop);
    lock.lock();
    all = left == Left::nothing;
    pause = left == Left::failed ? std::min(pause * 2, kLongestPause) : kFirstPause;
  }
}

Teller::Left Teller::tell_all(const std::stop_token& stop) {
  const auto waiting = store_.untold();
  if (!waiting) {
    log_.warning(cat("approvals that are to be told: ", waiting.error().what));
    return Left::failed;
  }
  Left left = Left::nothing;
  for (const ApprovedOrder& order : *waiting) {
    if (stop.stop_requested()) return Left::failed;
    auto told = tell_(order);
    if (told) told = store_.told(order.order);
    if (told) continue;
    const bool is_busy = told.error().kind == ErrorKind::busy;
    log_.write(is_busy ? LogLevel::debug : LogLevel::warning,
               cat("the approval of order ", order.order, " is told again: ", told.error().what));
    left = is_busy ? std::max(left, Left::under_way) : Left::failed;
  }
  return left;
}

}  // namespace oree::authority

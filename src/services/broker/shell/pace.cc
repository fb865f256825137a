#include "services/broker/shell/pace.h"

#include <algorithm>

namespace oree::broker {
namespace {

constexpr int kTurns = 4;          // in a block
constexpr int kBlocks = 4;         // before anything is decided, and
constexpr double kSeconds = 0.05;  // so much time in them
constexpr double kCosts = 0.95;    // the share of the rate that a longer wait may leave
constexpr microseconds kBegin{500};

}  // namespace

microseconds Pace::turn(MonoTime now, uint64_t messages) {
  if (!busy_) return microseconds(0);
  if (fresh_) {
    fresh_ = false;
    block_begin_ = now;
    messages_begin_ = messages;
  } else if (++turns_ >= kTurns) {
    end_block(now, messages);
  }
  return wait();
}

void Pace::load(bool busy) {
  if (busy == busy_) return;
  *this = Pace();
  busy_ = busy;
  wait_ = kBegin;
}

microseconds Pace::wait() const {
  return longer_ ? wait_ * 5 / 4 : wait_ * 3 / 4;
}

void Pace::end_block(MonoTime now, uint64_t messages) {
  Sum& sum = longer_ ? longer_sum_ : shorter_sum_;
  sum.messages += static_cast<double>(messages - messages_begin_);
  sum.seconds += std::chrono::duration<double>(now - block_begin_).count();
  block_begin_ = now;
  messages_begin_ = messages;
  turns_ = 0;
  longer_ = !longer_;
  if (++blocks_ >= kBlocks && longer_sum_.seconds + shorter_sum_.seconds >= kSeconds && !longer_) decide();
}

void Pace::decide() {
  const bool costs = longer_sum_.rate() < kCosts * shorter_sum_.rate();
  wait_ = std::clamp(costs ? wait_ / 2 : wait_ * 3 / 2, kShortest, kLongest * 4 / 5);
  blocks_ = 0;
  longer_sum_ = {};
  shorter_sum_ = {};
}

}  // namespace oree::broker

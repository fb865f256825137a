#include "services/serving/scheduler/threads/width.h"

#include <algorithm>

namespace oree::serving {

Width::Choice Width::choose(bool alone, nanoseconds idle) {
  if (state_ == State::free) return {.wide = alone};
  if (!alone) {  // one that comes between is no crowd yet
    row_ /= 2;
    pressed_ /= 2;
    return {};
  }
  row_ = idle < last_ ? std::min(row_ + 1, kMost) : 0;
  pressed_ = row_ > 0 ? pressed_ + last_ : nanoseconds(0);
  if (state_ == State::narrow && row_ >= kPressed && pressed_ >= kAskAfter) {
    state_ = State::asked;
    return {.ask = true};
  }
  if (row_ < kPressed || state_ == State::narrow || state_ == State::asked) return {};
  if (state_ != State::trying && ++since_trial_ >= kLookAgain) try_again();
  if (state_ == State::trying) return {.wide = tried_[1].runs < tried_[0].runs};
  return {.wide = state_ == State::wide};
}

// One run that the machine was busy with something else for does not decide.
void Width::observe(bool wide, nanoseconds took) {
  last_ = took;
  if (state_ != State::trying) return;
  Tried& tried = tried_[wide ? 1 : 0];
  const auto ns = static_cast<double>(took.count());
  const double usual = tried.runs == 0 ? ns : tried.ns / tried.runs;
  tried.ns += std::min(ns, 3 * usual);
  ++tried.runs;
  tried.next_worst = std::max(tried.next_worst, std::min(tried.worst, ns));
  tried.worst = std::max(tried.worst, ns);
  if (tried_[0].runs >= kTrials && tried_[1].runs >= kTrials) decide();
}

void Width::decide() {
  const double narrow = tried_[0].ns / tried_[0].runs, wide = tried_[1].ns / tried_[1].runs;
  const bool steady = tried_[1].next_worst <= kTail * tried_[0].next_worst;
  state_ = wide < kWorthIt * narrow && steady ? State::wide : State::settled;
}

void Width::widened(bool done) {
  if (state_ != State::asked) return;
  state_ = State::free;  // what cannot be chosen is left to the network
  if (done) try_again();
}

void Width::try_again() {
  state_ = State::trying;
  since_trial_ = 0;
  tried_[0] = tried_[1] = {};
}

}  // namespace oree::serving

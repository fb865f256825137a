#include "services/broker/engine/backlog.h"

namespace oree::broker {

void Backlog::push(Waiting waiting) {
  if (waiting.content) bytes_ += waiting.content->size();
  window_.push_back(std::move(waiting));
}

Waiting Backlog::pop() {
  Waiting taken = std::move(window_[head_++]);
  if (taken.content) bytes_ -= taken.content->size();
  if (head_ == window_.size()) {
    window_.clear();
    head_ = 0;
    if (window_.capacity() > 64) window_ = {};
  } else if (head_ > 64 && head_ > window_.size() / 2) {
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  return taken;
}

Waiting Backlog::pop_back() {
  Waiting taken = std::move(window_.back());
  if (taken.content) bytes_ -= taken.content->size();
  window_.pop_back();
  return taken;
}

void Backlog::fall_behind(Position first_missed) {
  if (cursor_ == 0) cursor_ = first_missed;
}

void Backlog::fall_behind_completely() {
  if (!window_empty()) cursor_ = front().position;
  window_ = {};
  head_ = 0;
  bytes_ = 0;
  reader.reset();
}

void Backlog::caught_up() {
  cursor_ = 0;
  reader.reset();
  skip.clear();
}

Position Backlog::low(Position next) const {
  Position low = next;
  if (behind()) low = std::min(low, cursor_);
  if (!window_empty()) low = std::min(low, front().position);
  for (const Position position : returned) low = std::min(low, position);
  return low;
}

}  // namespace oree::broker

// The messages that wait for one reader (a session or a shared group): a window in memory, and behind it a
// cursor into the message stream. As long as the window holds everything, new messages are pushed; when it
// would grow too large, or the reader is offline, the backlog falls behind: it remembers only the first
// position it missed and is filled from the stream again later. So five million waiting messages cost eight
// bytes.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "services/broker/engine/content.h"

namespace oree::broker {

struct Waiting {
  Position position = 0;
  Content content;
  uint8_t qos = 0;
  bool keep_retain = false;  // retain as published
};

class Backlog {
 public:
  bool empty() const { return head_ == window_.size() && returned.empty(); }
  bool window_empty() const { return head_ == window_.size(); }
  size_t size() const { return window_.size() - head_ + returned.size(); }
  size_t bytes() const { return bytes_; }
  bool behind() const { return cursor_ != 0; }
  Position cursor() const { return cursor_; }

  void push(Waiting waiting);
  const Waiting& front() const { return window_[head_]; }
  Waiting pop();
  Waiting pop_back();

  // Everything from `first_missed` on has to be read from the stream.
  void fall_behind(Position first_missed);
  void fall_behind_completely();  // the window's messages too; nothing stays in memory
  void advance(Position next) { cursor_ = next; }
  void caught_up();

  // The oldest position that is still needed; `next` when nothing is.
  Position low(Position next) const;

  std::unique_ptr<stream::Reader> reader;  // while behind and being read
  std::vector<Position> returned;          // to be delivered before the window; oldest first
  std::vector<Position> skip;              // not to be taken again when they are read; sorted

 private:
  std::vector<Waiting> window_;
  size_t head_ = 0;
  size_t bytes_ = 0;
  Position cursor_ = 0;
};

}  // namespace oree::broker

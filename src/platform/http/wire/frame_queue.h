// The EventStream a handler holds: frames wait here, bounded, until the connection takes them. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <mutex>

#include "platform/http/message.h"

namespace oree::http {

class FrameQueue final : public EventStream {
 public:
  // `wake` is called, under the queue's lock, when a frame comes after take() had emptied it; never after
  // close().
  FrameQueue(size_t capacity, std::function<void()> wake);

  bool send(std::string_view event, std::string_view id, std::string_view data) override;
  bool open() const override;
  uint64_t dropped() const override;

  // All that waits, as bytes of text/event-stream.
  std::string take();
  void close();

 private:
  const size_t capacity_;
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  std::deque<std::string> frames_;
  bool open_ = true;
  uint64_t dropped_ = 0;
};

// One event as the wire has it. Line breaks in `event` and `id` are left out.
std::string print_frame(std::string_view event, std::string_view id, std::string_view data);

}  // namespace oree::http

#include "platform/http/wire/frame_queue.h"

#include <algorithm>

namespace oree::http {
namespace {

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  std::ranges::copy_if(value, std::back_inserter(out),
                       [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
  out += '\n';
}

}  // namespace

std::string print_frame(std::string_view event, std::string_view id, std::string_view data) {
  std::string out;
  out.reserve(event.size() + id.size() + data.size() + 32);
  if (!id.empty()) append_line(out, "id", id);
  if (!event.empty()) append_line(out, "event", event);
  for (size_t start = 0; start <= data.size();) {
    const size_t end = std::min(data.find_first_of("\r\n", start), data.size());
    out += "data: ";
    out += data.substr(start, end - start);
    out += '\n';
    start = end + (data.substr(end).starts_with("\r\n") ? 2 : 1);
  }
  out += '\n';
  return out;
}

FrameQueue::FrameQueue(size_t capacity, std::function<void()> wake)
    : capacity_(std::max<size_t>(capacity, 1)), wake_(std::move(wake)) {}

bool FrameQueue::send(std::string_view event, std::string_view id, std::string_view data) {
  std::string frame = print_frame(event, id, data);
  const std::lock_guard lock(mutex_);
  if (!open_) return false;
  if (frames_.size() == capacity_) {
    frames_.pop_front();
    ++dropped_;
  }
  frames_.push_back(std::move(frame));
  if (frames_.size() == 1) wake_();
  return true;
}

bool FrameQueue::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

uint64_t FrameQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

std::string FrameQueue::take() {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& frame : frames_) out += frame;
  frames_.clear();
  return out;
}

void FrameQueue::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  wake_ = nullptr;
  frames_.clear();
}

}  // namespace oree::http

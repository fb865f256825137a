#include "services/jobs/windows.h"

#include <algorithm>
#include <limits>
#include <map>

namespace oree::jobs {
namespace {

constexpr Micros kDay = 24 * readings::kHour;
constexpr Micros kForEver = std::numeric_limits<Micros>::max() / 4;

struct Session {
  Micros begin = 0, last = 0, end = 0;
};

// The sessions of one key's events, which come in time order.
void extend(std::vector<Session>& sessions, const Window& window, Micros time) {
  if (!sessions.empty() && time - sessions.back().last <= window.size && time <= sessions.back().end) {
    sessions.back().last = time;
  } else {
    sessions.push_back({.begin = time, .last = time});
  }
  Session& now = sessions.back();
  // Looked at at multiples of the longest: the first of them at which it is too long.
  const Micros cut = readings::floor_to(now.begin, window.longest) + 2 * window.longest;
  now.end = std::min(now.last + window.size, cut);
}

}  // namespace

OpenWindows::Taken OpenWindows::take(Event event, bool again) {
  const Micros reached = std::max(newest_, emitted_);
  if (event.time > std::max(event.arrived, reached) + kDay) return Taken::ahead;
  if (!again && reached != 0 && std::max(event.arrived, event.time) + kDay < reached) begin_anew();
  const bool late = again ? is_over(event) : is_late(event);
  newest_ = std::max(newest_, event.time);
  if (late) return Taken::late;
  const auto place = std::ranges::upper_bound(open_, event.time, {}, &Event::time);
  open_.insert(place, std::move(event));
  return Taken::kept;
}

// No window that is still to come holds it.
bool OpenWindows::is_over(const Event& event) const {
  if (window_.kind == Window::Kind::session) return false;  // caught_up() finds out
  return event.time <= emitted_ - window_.size + window_.hop;
}

bool OpenWindows::is_late(const Event& event) const {
  switch (window_.kind) {
    case Window::Kind::hopping:
      return is_over(event);
    case Window::Kind::sliding:
      return emitted_ != 0 && event.time <= emitted_;
    case Window::Kind::session:
      if (event.time + window_.size >= newest_) return false;
      return std::ranges::none_of(open_, [&](const Event& other) {
        return other.key == event.key && std::abs(other.time - event.time) <= window_.size;
      });
    case Window::Kind::none:
      break;
  }
  return false;
}

void OpenWindows::begin_anew() {
  newest_ = kForEver;
  while (auto closed = close_next()) waiting_.push_back(std::move(*closed));
  open_.clear();
  emitted_ = newest_ = 0;
}

// Sessions that ended before the newest event of the last time were given then.
void OpenWindows::caught_up() {
  if (window_.kind != Window::Kind::session) return;
  while (next_session()) {
  }
}

std::optional<ClosedWindow> OpenWindows::close_next() {
  if (!waiting_.empty() && newest_ != kForEver) {
    ClosedWindow first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
  }
  switch (window_.kind) {
    case Window::Kind::hopping:
      return next_hop();
    case Window::Kind::sliding:
      return next_slide();
    case Window::Kind::session:
      return next_session();
    case Window::Kind::none:
      break;
  }
  return std::nullopt;
}

std::vector<Event> OpenWindows::between(Micros after, Micros to) const {
  const auto first = std::ranges::upper_bound(open_, after, {}, &Event::time);
  const auto last = std::ranges::upper_bound(open_, to, {}, &Event::time);
  return {first, last};
}

// Those that hold nothing are passed over.
std::optional<ClosedWindow> OpenWindows::next_hop() {
  while (!open_.empty()) {
    Micros end = readings::floor_to(open_.front().time + window_.hop - 1, window_.hop);
    if (emitted_ != 0) end = std::max(end, emitted_ + window_.hop);
    if (newest_ <= end) return std::nullopt;
    ClosedWindow closed{end, between(end - window_.size, end)};
    emitted_ = end;
    while (!open_.empty() && open_.front().time <= end + window_.hop - window_.size) open_.pop_front();
    if (!closed.events.empty()) return closed;
  }
  return std::nullopt;
}

std::optional<ClosedWindow> OpenWindows::next_slide() {
  while (!open_.empty()) {
    // The next moment at which something comes in or drops out.
    Micros end = open_.front().time + window_.size;
    const auto next = std::ranges::upper_bound(open_, emitted_, {}, &Event::time);
    if (next != open_.end()) end = std::min(end, next->time);
    if (newest_ <= end) return std::nullopt;
    emitted_ = end;
    while (!open_.empty() && open_.front().time <= end - window_.size) open_.pop_front();
    ClosedWindow closed{end, between(end - window_.size, end)};
    if (!closed.events.empty()) return closed;
  }
  return std::nullopt;
}

std::optional<ClosedWindow> OpenWindows::next_session() {
  std::map<std::string_view, std::vector<Session>> keys;
  for (const Event& event : open_) extend(keys[event.key], window_, event.time);
  std::optional<Session> first;
  std::string key;
  for (const auto& [name, sessions] : keys) {
    const Session& oldest = sessions.front();
    if (oldest.end >= newest_ || (first && first->end <= oldest.end)) continue;
    first = oldest;
    key = name;
  }
  if (!first) return std::nullopt;
  ClosedWindow closed{.end = first->end};
  std::erase_if(open_, [&](const Event& event) {
    const bool inside = event.key == key && event.time <= first->last;
    if (inside) closed.events.push_back(event);
    return inside;
  });
  emitted_ = std::max(emitted_, closed.end);
  return closed;
}

}  // namespace oree::jobs

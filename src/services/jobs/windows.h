// The windows of a streaming job: which events are in hand, and which window is whole. Values, no clock: time
// is what the events say.
//
//   TumblingWindow, HoppingWindow   (end - size, end] at every multiple of the hop that holds an event
//   SlidingWindow     the same length, at every moment an event comes in or drops out, unless it is empty
//   then SessionWindow     from an event on as long as the next comes within the timeout, for each key by
//   itself.
//                     It ends a timeout behind its last event. Its length is looked at at multiples of the
//                     longest duration: above it, the session ends there and another begins.
// A window is whole when an event behind its end has come. Ends count from 1970-01-01, as in Azure Stream
// Analytics.
//
// After a restart events that were in hand come again: take(…, again) puts them back without counting them,
// and what was given before is not given twice.
//
// Clocks are wrong at times. An event more than a day ahead of both its arrival and all others is refused.
// One more than a day behind what is in hand is late, unless it arrived as early as it claims: then the box's
// own clock has been set back, what is in hand is given as it is, and windows begin anew.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "services/jobs/events.h"

namespace oree::jobs {

struct Window {
  enum class Kind { none, hopping, sliding, session };
  Kind kind = Kind::none;
  Micros size = 0;     // of a session: its timeout
  Micros hop = 0;      // hopping only; as long as the window for a tumbling one
  Micros longest = 0;  // session only
  std::string key;     // session only: the field that tells them apart; "": all events together
  bool operator==(const Window&) const = default;
};

struct ClosedWindow {
  Micros end = 0;
  std::vector<Event> events;  // in time order, never empty
};

class OpenWindows {
 public:
  // `remembered`: what remembered() said before the restart, 0 at first.
  explicit OpenWindows(Window window, Micros remembered = 0)
      : window_(std::move(window)),
        emitted_(remembered),
        newest_(window_.kind == Window::Kind::session ? remembered : 0) {}

  enum class Taken { kept, late, ahead };
  Taken take(Event event, bool again);
  void caught_up();  // no more events come again
  // The next window that is whole; call it until there is none.
  std::optional<ClosedWindow> close_next();

  Micros remembered() const { return window_.kind == Window::Kind::session ? newest_ : emitted_; }
  const std::deque<Event>& open() const { return open_; }

 private:
  bool is_over(const Event& event) const;
  bool is_late(const Event& event) const;
  void begin_anew();
  std::optional<ClosedWindow> next_hop();
  std::optional<ClosedWindow> next_slide();
  std::optional<ClosedWindow> next_session();
  std::vector<Event> between(Micros after, Micros to) const;

  Window window_;
  Micros emitted_ = 0;  // end of the last window that was given
  Micros newest_ = 0;
  std::deque<Event> open_;  // in time order
  std::deque<ClosedWindow> waiting_;
};

}  // namespace oree::jobs

// When a delivery is tried again, and when it is given up: Event Grid's published table. Pure.
//
//   10 s, 30 s, 1 min, 5 min, 10 min, 30 min, then every hour, for 24 h or 30 attempts. 401, 403 and 404 wait
//   5 min at least, 408 2 min, 503 30 s; Retry-After is obeyed. 400 and 413 are given up at once; so is
//   everything once a subscriber says 410. Only 200 to 204 is a success (a 202 too).
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace oree::events {

// What became of one attempt.
struct Outcome {
  int status = 0;    // of HTTP; 0: it never came to that
  std::string what;  // for people, when it failed
  bool timed_out = false;
  std::optional<std::chrono::seconds> retry_after;

  bool delivered() const { return status >= 200 && status <= 204; }
  bool gone() const { return status == 410; }
};
// "Delivered", "TimedOut", "NotFound", "Busy", "BadRequest", "Unreachable", "Http418", …
std::string outcome_name(const Outcome& outcome);

struct RetryRules {
  int max_attempts = 30;
  microseconds time_to_live = std::chrono::hours(24);  // from the event's publishing
};

struct Next {
  bool dead = false;
  std::string reason;    // of a dead one: MaxDeliveryAttemptsExceeded, TimeToLiveExceeded, BadRequest, …
  microseconds wait{0};  // else
};
// After `attempts` attempts, the last one failed. `jitter` in [0, 1) adds at most a tenth, and 5 s.
Next next_step(const RetryRules& rules, int attempts, const Outcome& outcome, WallTime published,
               WallTime now, double jitter);

}  // namespace oree::events

// Where a subscriber's events go: one way to deliver them. Called from one thread at a time; may block for as
// long as its deadline.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "services/events/event.h"
#include "services/events/schedule.h"

namespace oree::events {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Outcome deliver(std::span<const Event> events) = 0;
  virtual size_t batch() const { return 1; }  // events that one delivery may carry
  // Whether the far end wants these events at all, asked before the first delivery. `unavailable`, `timeout`
  // and `busy` are asked again later.
  virtual Status shake_hands() { return {}; }
};

// A message on the station's broker.
using Publish = std::function<Status(std::string_view topic, std::string_view payload)>;

// What an Error of ours says as an outcome.
Outcome outcome_of(const Error& error);

}  // namespace oree::events

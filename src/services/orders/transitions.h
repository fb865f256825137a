// Which state follows which, and what an order looks like after the step. Pure.
#pragma once

#include "services/orders/order.h"

namespace oree::orders {

// proposed → approved, refused, expired, cancelled; approved → ordered, cancelled; ordered → scheduled,
// in_progress, cancelled, done; scheduled → in_progress, ordered (unscheduled), cancelled, done;
// in_progress → scheduled, done, cancelled. The rest ends there.
bool may_follow(State from, State to);

struct Step {
  State to;
  std::string by;    // "factory", "station", a technician's name
  std::string code;  // "quorum", "cost_ceiling", …: for pages to say in their language
  std::string reason;
  WallTime at;
};

// The order after the step: state, history, updated. `conflict` when the state does not follow.
Result<Order> advance(Order order, Step step);

}  // namespace oree::orders

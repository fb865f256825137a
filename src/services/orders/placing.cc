#include "services/orders/placing.h"

#include <algorithm>

namespace oree::orders {

Placed place(std::span<const Order> known, microseconds cool_down, WallTime now) {
  Placed placed;
  for (const Order& order : known) {
    if (is_open(order.state)) return {Placed::Way::merge, order.id, {}};
    // A clock that went back must not make the rest endless.
    const WallTime until = std::min(order.updated, now) + cool_down;
    if (until > now && until > placed.until) placed = {Placed::Way::rest, "", until};
  }
  return placed;
}

}  // namespace oree::orders

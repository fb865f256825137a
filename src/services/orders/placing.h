// Where a new cause goes: into the open order of the same asset and fault, into a new order, or nowhere yet,
// because one was closed a moment ago. Pure.
#pragma once

#include <span>

#include "services/orders/order.h"

namespace oree::orders {

struct Placed {
  enum class Way { propose, merge, rest } way = Way::propose;
  std::string order;  // of a merge
  WallTime until;     // of a rest
};

// `known`: orders of that asset and fault. A refused or expired one is asked again only after the cool-down,
// and so is one that was done or cancelled.
Placed place(std::span<const Order> known, microseconds cool_down, WallTime now);

}  // namespace oree::orders

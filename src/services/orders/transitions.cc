#include "services/orders/transitions.h"

#include <algorithm>
#include <span>

#include "base/text.h"

namespace oree::orders {
namespace {

struct Edge {
  State from, to;
};

constexpr Edge kEdges[] = {
    {State::proposed, State::approved},     {State::proposed, State::refused},
    {State::proposed, State::expired},      {State::proposed, State::cancelled},
    {State::approved, State::ordered},      {State::approved, State::cancelled},
    {State::ordered, State::scheduled},     {State::ordered, State::in_progress},
    {State::ordered, State::done},          {State::ordered, State::cancelled},
    {State::scheduled, State::ordered},     {State::scheduled, State::in_progress},
    {State::scheduled, State::done},        {State::scheduled, State::cancelled},
    {State::in_progress, State::scheduled}, {State::in_progress, State::done},
    {State::in_progress, State::cancelled},
};

}  // namespace

bool may_follow(State from, State to) {
  return std::ranges::any_of(kEdges, [&](const Edge& edge) { return edge.from == from && edge.to == to; });
}

Result<Order> advance(Order order, Step step) {
  if (!may_follow(order.state, step.to)) {
    return fail(ErrorKind::conflict,
                cat("order ", order.id, " is ", name(order.state), ": it cannot become ", name(step.to)));
  }
  order.state = step.to;
  order.updated = std::max(order.updated, step.at);
  order.history.push_back(
      {step.at, step.to, std::move(step.by), std::move(step.code), std::move(step.reason)});
  return order;
}

}  // namespace oree::orders

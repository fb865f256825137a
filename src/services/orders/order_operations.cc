// The store's side of what phones send: each operation is applied once and its outcome remembered, so that a
// phone that did not hear the answer may send it again.
#include <algorithm>

#include "base/text.h"
#include "services/orders/order_store.h"

namespace oree::orders {
namespace {

constexpr std::string_view kApplied = "applied", kConflict = "conflict", kRefused = "refused";

void note(OrderStore::Synced& synced, const Operation& operation, std::string_view outcome, std::string code,
          std::string reason) {
  if (outcome == kApplied) synced.applied.push_back(operation.id);
  if (outcome == kConflict) synced.conflicts.push_back({operation.id, operation.order, operation.field});
  if (outcome == kRefused) synced.refused.push_back({operation.id, std::move(code), std::move(reason)});
}

Order& among(std::vector<Order>& orders, Order order) {
  const auto at = std::ranges::find(orders, order.id, &Order::id);
  return at != orders.end() ? *at : orders.emplace_back(std::move(order));
}

}  // namespace

// In the transaction of all: `changed` holds the orders as they will be.
Status OrderStore::operate_one(const Operation& operation, Synced& synced, std::vector<Order>& changed) {
  auto known = database_.prepare("SELECT outcome, code, reason FROM operations WHERE id=?");
  if (!known) return forward(known);
  known->bind(1, operation.id);
  const auto seen = known->step();
  if (!seen) return forward(seen);
  const auto here = std::ranges::find(changed, operation.order, &Order::id);
  auto order = here != changed.end() ? Result<Order>(*here) : load(operation.order);
  if (!order && order.error().kind != ErrorKind::not_found) return forward(order);
  if (*seen) {
    note(synced, operation, known->text(0), std::string(known->text(1)), std::string(known->text(2)));
    if (order) among(changed, *std::move(order));
    return {};
  }
  std::string_view outcome = kRefused;
  std::string code, reason;
  const auto applied = order ? apply(*order, operation) : Result<Outcome>(forward(order));
  if (applied) {
    outcome = *applied == Outcome::applied ? kApplied : kConflict;
    order->updated = std::max(order->updated, now());
    among(changed, *order) = *order;
  } else {
    code = facts(applied.error().kind).name;
    reason = applied.error().what;
    if (order) among(changed, *std::move(order));
  }
  auto remember =
      database_.prepare("INSERT INTO operations(id,order_id,field,outcome,code,reason) VALUES(?,?,?,?,?,?)");
  if (!remember) return forward(remember);
  remember->bind(1, operation.id).bind(2, operation.order).bind(3, operation.field).bind(4, outcome);
  remember->bind(5, code).bind(6, reason);
  if (auto done = remember->run(); !done) return done;
  note(synced, operation, outcome, std::move(code), std::move(reason));
  return {};
}

Result<OrderStore::Synced> OrderStore::operate(const std::vector<Operation>& operations) {
  Synced synced;
  {
    const std::lock_guard lock(mutex_);
    auto transaction = sql::Transaction::begin(database_);
    if (!transaction) return forward(transaction);
    for (const Operation& operation : operations) {
      if (auto done = operate_one(operation, synced, synced.orders); !done) return forward(done);
    }
    for (const Order& order : synced.orders) {
      const auto before = load(order.id);
      if (!before) return forward(before);
      if (*before == order) continue;
      if (auto done = write(order, order.state != before->state); !done) return forward(done);
    }
    if (auto done = transaction->commit(); !done) return forward(done);
  }
  tell(synced.orders);
  return synced;
}

}  // namespace oree::orders

// What people did to orders on their phones, perhaps without a network, brought together field by field.
// Pure.
//
// An operation says which version of its field its author saw (`seen`). If that is the newest, or both say
// the same, it is applied; else the values are a conflict until an operation resolves it by naming them all.
// Photos are only ever added. A state goes forward whoever saw what, back only by who saw the newest.
#pragma once

#include "services/orders/order.h"

namespace oree::orders {

struct Operation {
  std::string id;  // ULID
  std::string order;
  std::string field;  // "note", "task/t1", "part/p1", "technician", "started", "finished", "photo",
                      // "signature", "state"
  json::Value value;
  std::string seen;  // "" when the field had never been written
  WallTime at;
  std::string by, device;
  std::vector<std::string> resolves;
};

// `invalid` with the member that is wrong. `device` comes from the envelope.
Result<Operation> parse_operation(const json::Value& value, std::string_view device);

enum class Outcome { applied, conflict };

// `invalid` for a field that this order does not have, a value of the wrong kind or the 101st photo,
// `conflict` (the error) for a state that cannot follow; the order is then as it was.
Result<Outcome> apply(Order& order, const Operation& operation);

}  // namespace oree::orders

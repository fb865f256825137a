// What people did to orders on their phones, perhaps without a network, brought together field by field.
// Pure.
//
// An operation says which version of its field its author saw (`seen`: the operation that had written it). If
// that is still the newest, or both wrote the same, it is applied. Otherwise both values stand side by side
// as a conflict until somebody's operation resolves it by naming them. Photos are only ever added.
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

// `invalid` for a field that this order does not have or a value of the wrong kind, `conflict` (the error)
// for a state that cannot follow; the order is then as it was.
Result<Outcome> apply(Order& order, const Operation& operation);

}  // namespace oree::orders

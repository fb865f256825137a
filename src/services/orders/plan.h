// What an order is made of when something happens: which causes, which tasks, parts, limits and deadlines.
// The `orders` list of station.yaml (docs/formats/station.md). Values, no threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/node.h"
#include "services/orders/order.h"

namespace oree::orders {

struct OrderRule {
  enum class On { anomaly, ko_run };
  On on = On::anomaly;
  std::string assets = "*";            // '*' at the end stands for the rest of the name
  std::vector<std::string> detectors;  // of anomalies; empty: any
  int count = 5, of = 20;              // of a KO run: so many refused among the newest so many
  std::string fault;                   // "wear": one open order for each asset and fault
  std::string asset;                   // of a KO run; "" = the station
  Priority priority = Priority::normal;
  microseconds due = std::chrono::hours(24);
  microseconds expires = std::chrono::minutes(15);  // for the authorities to agree
  microseconds cool_down = std::chrono::hours(1);   // after an order was closed
  Cost cost;
  std::vector<Task> tasks;
  std::vector<SparePart> parts;
};

// Reads the list; `invalid` with every mistake and its place.
Result<std::vector<OrderRule>> parse_order_rules(const config::Node& list);

const OrderRule* rule_for_anomaly(const std::vector<OrderRule>& rules, std::string_view machine,
                                  std::string_view detector);

// The order as it is proposed, without evidence yet.
Order draft(const OrderRule& rule, std::string id, std::string asset, json::Value cause, WallTime now);

}  // namespace oree::orders

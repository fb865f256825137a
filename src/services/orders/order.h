// A maintenance order: what is to be done to which machine, why, on which proof, and what a technician made
// of it. Values; the JSON form is the API's and the store's (docs/formats/order.md).
//
// Fields that people edit (note, ticks, …) each remember the operation that wrote them, so that two phones
// without network can both be right (operations.h). Facts of other rooms (who approved, the ledger's proof,
// the ERP's number) are carried as JSON and not looked into.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/json/value.h"

namespace oree::orders {

enum class State { proposed, approved, refused, expired, ordered, scheduled, in_progress, done, cancelled };
std::string_view name(State state);
std::optional<State> parse_state(std::string_view name);
bool is_open(State state);  // something is still to happen

enum class Priority { low, normal, high, urgent };
std::string_view name(Priority priority);
std::optional<Priority> parse_priority(std::string_view name);

struct Text {  // for people, in their language
  std::string en, fr;
  bool operator==(const Text&) const = default;
};

struct Task {
  std::string id;
  Text text;
  bool operator==(const Task&) const = default;
};

struct SparePart {
  std::string id;
  Text name;
  int quantity = 1;
  bool operator==(const SparePart&) const = default;
};

struct Cost {
  double ceiling = 0;
  std::string currency = "EUR";
  bool operator==(const Cost&) const = default;
};

struct EvidencePart {
  std::string name;  // "window.json"
  std::string type;  // "application/json"
  uint64_t bytes = 0;
  std::string digest;  // SHA-256, hex
  bool operator==(const EvidencePart&) const = default;
};

struct Evidence {
  std::string digest;  // of the manifest
  std::vector<EvidencePart> parts;
  bool operator==(const Evidence&) const = default;
};

// What one operation wrote in one field.
struct Written {
  std::string operation;
  json::Value value;
  std::string by, device;
  WallTime at;
  bool operator==(const Written&) const = default;
};

struct Happening {
  WallTime at;
  State state;
  std::string by, code, reason;
  bool operator==(const Happening&) const = default;
};

struct Order {
  std::string id;
  std::string asset;
  std::string fault;
  State state = State::proposed;
  Priority priority = Priority::normal;
  WallTime created, updated, expires;
  std::optional<WallTime> due;
  Cost cost;
  json::Value cause = json::Object{};
  int causes = 1;  // that were merged into this order
  Evidence evidence;
  json::Value quorum = json::Object{}, authorities = json::Array{}, proof, erp;
  std::vector<Task> tasks;
  std::vector<SparePart> parts;
  std::map<std::string, Written> fields;  // "note", "task/t1", "part/p1", "technician", "started", …
  std::vector<Written> photos;            // value: {"digest"}
  std::map<std::string, std::vector<Written>> conflicts;  // field → values that contradict each other
  std::vector<Happening> history;
  bool operator==(const Order&) const = default;
};

json::Value order_json(const Order& order);
// What order_json() gave; `corrupt` for anything else.
Result<Order> parse_order(const json::Value& value);

int64_t to_ms(WallTime time);
WallTime from_ms(int64_t ms);

}  // namespace oree::orders

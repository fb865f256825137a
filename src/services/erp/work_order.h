// What an ERP is told of a maintenance order, as a neutral value: every adapter maps it, none changes it.
// Also its JSON form, which the queue keeps and the templates of mapping files look into.
//
// Values, no threads, no I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/json/value.h"

namespace oree::erp {

struct Task {
  std::string id;
  std::string text;
  bool operator==(const Task&) const = default;
};

struct Part {
  std::string id;
  std::string name;
  int quantity = 1;
  bool operator==(const Part&) const = default;
};

struct WorkOrder {
  std::string id;  // ours, for ever: what makes it one order in the ERP
  std::string asset;
  std::string fault;
  std::string priority = "normal";  // low, normal, high, urgent
  std::string summary;              // one line
  std::string description;
  WallTime created;
  std::optional<WallTime> due;
  std::vector<Task> tasks;
  std::vector<Part> parts;
  json::Value cause = json::Object{};
  std::string evidence;  // SHA-256 of the sealed evidence, hex; "" = none
  json::Value proof;     // of the ledger; null = none
  bool operator==(const WorkOrder&) const = default;
};

// Times are ISO 8601 in UTC; `due` is null when there is none.
json::Value work_order_json(const WorkOrder& order);
// What work_order_json() gave; `invalid` names the member that is not.
Result<WorkOrder> parse_work_order(const json::Value& value);

// The same in text for people: what is wrong, why, which parts, where the proof is.
std::string long_text(const WorkOrder& order);

// At most `bytes` of it, never half a character.
std::string_view cut(std::string_view text, size_t bytes);

}  // namespace oree::erp

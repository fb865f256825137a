// The tables of the stand-in: which columns a record may have, of which type and length, and what it says
// when one is wrong, in Dataverse's own words.
//
// Columns and option values are from Microsoft's table reference; lengths that it does not state are the
// defaults of Dataverse (text 100, memo 2,000). Values, no threads.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/json/value.h"

namespace oree::erp {

struct Column {
  enum class Type { text, integer, number, boolean, time, choice, lookup, numbered };
  std::string_view name;
  Type type = Type::text;
  size_t most = 100;        // of text, characters
  std::string_view target;  // of a lookup: the set it points into
  bool required = false;    // when a record is made
  std::span<const int64_t> choices = {};
};

struct Table {
  std::string_view set;   // "msdyn_workorders"
  std::string_view name;  // "msdyn_workorder"
  std::string_view id;    // "msdyn_workorderid"
  std::vector<Column> columns;
  std::set<std::string, std::less<>> keys;  // alternate keys, one column each

  const Column* find(std::string_view column) const;
};

// What Dataverse says: the body is {"error":{"code","message"}}.
struct Complaint {
  int status = 400;
  std::string code;
  std::string message;
};

// The three tables that orders are made of. `order_key` and `task_key` are the columns an administrator
// added.
std::vector<Table> field_service_tables(std::string_view order_key, std::string_view task_key);

// "/accounts(guid)": is it there?
using Known = std::set<std::string, std::less<>>;

// Checks a body against the table. `record` gets the columns as they will be stored: a lookup as
// "_name_value" with the GUID.
std::optional<Complaint> apply_body(const Table& table, const json::Value& body, const Known& known,
                                    bool creating, json::Value& record);

// Whether an order may go from one msdyn_systemstatus to the other.
bool may_follow(int64_t from, int64_t to);

}  // namespace oree::erp

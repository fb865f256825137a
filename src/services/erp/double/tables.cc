#include "services/erp/double/tables.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/ids.h"
#include "base/text.h"

namespace oree::erp {
namespace {

using Type = Column::Type;

constexpr std::array<int64_t, 6> kStatuses{690970000, 690970001, 690970002, 690970003, 690970004, 690970005};
constexpr std::array<int64_t, 4> kAlertTypes{192350000, 192350001, 192350002, 192350003};
constexpr std::string_view kBind = "@odata.bind";

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

Complaint payload(const Table& table, std::string_view inner) {
  return {400, "0x80048d19",
          cat("Error identified in Payload provided by the user for Entity :'", table.set,
              "', InnerException : ", inner)};
}

Complaint unknown_property(const Table& table, std::string_view name) {
  return payload(table, cat("Invalid property '", name, "' was found in entity 'Microsoft.Dynamics.CRM.",
                            table.name, "'."));
}

Complaint wrong_type(const Table& table, const Column& column, std::string_view wanted) {
  return payload(table, cat("Cannot convert the value of property '", column.name, "' to the expected type '",
                            wanted, "'."));
}

std::optional<Complaint> check_text(const Table& table, const Column& column, const json::Value& value) {
  if (value.text() == nullptr) return wrong_type(table, column, "Edm.String");
  if (characters(*value.text()) <= column.most) return std::nullopt;
  return Complaint{
      400, "0x80044331",
      cat("A validation error occurred. The length of the '", column.name, "' attribute of the '", table.name,
          "' entity exceeded the maximum allowed length of '", column.most, "'.")};
}

std::optional<Complaint> check_choice(const Table& table, const Column& column, const json::Value& value) {
  const auto number = value.integer();
  if (!number) return wrong_type(table, column, "Edm.Int32");
  if (std::ranges::find(column.choices, *number) != column.choices.end()) return std::nullopt;
  return Complaint{400, "0x80060888",
                   cat("A validation error occurred. The value ", *number, " of '", column.name,
                       "' on record of type '", table.name, "' is outside the valid range.")};
}

std::optional<Complaint> check_value(const Table& table, const Column& column, const json::Value& value) {
  if (value.is_null()) return std::nullopt;
  switch (column.type) {
    case Type::text:
      return check_text(table, column, value);
    case Type::integer:
      if (!value.integer()) return wrong_type(table, column, "Edm.Int32");
      return std::nullopt;
    case Type::number:
      if (!value.number()) return wrong_type(table, column, "Edm.Double");
      return std::nullopt;
    case Type::boolean:
      if (value.boolean() == nullptr) return wrong_type(table, column, "Edm.Boolean");
      return std::nullopt;
    case Type::time:
      if (value.text() == nullptr || !parse_iso(*value.text()))
        return wrong_type(table, column, "Edm.DateTimeOffset");
      return std::nullopt;
    case Type::choice:
      return check_choice(table, column, value);
    case Type::numbered:
      return Complaint{
          400, "0x80048408",
          cat("The autonumber column '", column.name, "' is set by the system and cannot be sent.")};
    case Type::lookup:
      break;
  }
  return payload(table, cat("The property '", column.name, "' is a navigation property: send '", column.name,
                            kBind, "'."));
}

// "/accounts(3f2504e0-…)" of a column that points to accounts.
std::optional<Complaint> check_bind(const Table& table, const Column& column, const json::Value& value,
                                    const Known& known, json::Value& record) {
  const std::string start = cat("/", column.target, "(");
  const std::string* text = value.text();
  if (text == nullptr || !text->starts_with(start) || !text->ends_with(')'))
    return payload(table, cat("Invalid property '", column.name, kBind, "': resource not found for '",
                              column.target, "'."));
  const std::string guid = text->substr(start.size(), text->size() - start.size() - 1);
  if (!is_uuid(guid))
    return Complaint{400, "0x80060888", cat("Guid should contain 32 digits with 4 dashes: ", guid)};
  if (!known.contains(*text))
    return Complaint{404, "0x80040217",
                     cat("Entity '", column.target, "' With Id = ", guid, " Does Not Exist")};
  record.set(cat("_", column.name, "_value"), guid);
  return std::nullopt;
}

bool is_set(const json::Value& record, const Column& column) {
  const json::Value* value =
      record.find(column.type == Type::lookup ? cat("_", column.name, "_value") : std::string(column.name));
  return value != nullptr && !value->is_null();
}

Table orders(std::string_view key) {
  return {.set = "msdyn_workorders",
          .name = "msdyn_workorder",
          .id = "msdyn_workorderid",
          .columns =
              {{.name = "msdyn_name", .type = Type::numbered},
               {.name = "msdyn_workordersummary", .most = 2'000},
               {.name = "msdyn_instructions", .most = 2'000},
               {.name = "msdyn_systemstatus", .type = Type::choice, .required = true, .choices = kStatuses},
               {.name = "msdyn_timefrompromised", .type = Type::time},
               {.name = "msdyn_timetopromised", .type = Type::time},
               {.name = "msdyn_serviceaccount", .type = Type::lookup, .target = "accounts", .required = true},
               {.name = "msdyn_billingaccount", .type = Type::lookup, .target = "accounts"},
               {.name = "msdyn_workordertype",
                .type = Type::lookup,
                .target = "msdyn_workordertypes",
                .required = true},
               {.name = "msdyn_pricelist", .type = Type::lookup, .target = "pricelevels", .required = true},
               {.name = "msdyn_priority", .type = Type::lookup, .target = "msdyn_priorities"},
               {.name = "msdyn_customerasset", .type = Type::lookup, .target = "msdyn_customerassets"},
               {.name = "msdyn_iotalert", .type = Type::lookup, .target = "msdyn_iotalerts"},
               {.name = key}},
          .keys = {std::string(key)}};
}

Table tasks(std::string_view key) {
  return {.set = "msdyn_workorderservicetasks",
          .name = "msdyn_workorderservicetask",
          .id = "msdyn_workorderservicetaskid",
          .columns = {{.name = "msdyn_name"},
                      {.name = "msdyn_description", .most = 2'000},
                      {.name = "msdyn_lineorder", .type = Type::integer},
                      {.name = "msdyn_estimatedduration", .type = Type::integer},
                      {.name = "msdyn_percentcomplete", .type = Type::number},
                      {.name = "msdyn_workorder",
                       .type = Type::lookup,
                       .target = "msdyn_workorders",
                       .required = true},
                      {.name = "msdyn_tasktype", .type = Type::lookup, .target = "msdyn_servicetasktypes"},
                      {.name = key}},
          .keys = {std::string(key)}};
}

Table alerts() {
  return {.set = "msdyn_iotalerts",
          .name = "msdyn_iotalert",
          .id = "msdyn_iotalertid",
          .columns = {{.name = "msdyn_description", .most = 200},
                      {.name = "msdyn_alerttype", .type = Type::choice, .choices = kAlertTypes},
                      {.name = "msdyn_alerttime", .type = Type::time},
                      {.name = "msdyn_alertdata", .most = 1'048'576},
                      {.name = "msdyn_alerttoken"}},
          .keys = {"msdyn_alerttoken"}};
}

}  // namespace

const Column* Table::find(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

std::vector<Table> field_service_tables(std::string_view order_key, std::string_view task_key) {
  return {orders(order_key), tasks(task_key), alerts()};
}

std::optional<Complaint> apply_body(const Table& table, const json::Value& body, const Known& known,
                                    bool creating, json::Value& record) {
  if (body.object() == nullptr) return payload(table, "A JSON object is expected.");
  for (const auto& [name, value] : *body.object()) {
    const bool binds = name.ends_with(kBind);
    const Column* column =
        table.find(binds ? std::string_view(name).substr(0, name.size() - kBind.size()) : name);
    if (column == nullptr || (binds && column->type != Type::lookup)) return unknown_property(table, name);
    const auto wrong =
        binds ? check_bind(table, *column, value, known, record) : check_value(table, *column, value);
    if (wrong) return wrong;
    if (!binds) record.set(name, value);
  }
  for (const Column& column : table.columns) {
    if (creating && column.required && !is_set(record, column))
      return Complaint{400, "0x80040203",
                       cat("You should specify a value for the required field ", column.name, ".")};
  }
  return std::nullopt;
}

bool may_follow(int64_t from, int64_t to) {
  constexpr int64_t kScheduled = 690970001, kCompleted = 690970003, kPosted = 690970004,
                    kCanceled = 690970005;
  if (from == to) return true;
  if (from == kPosted || from == kCanceled) return false;
  if (from == kCompleted) return to == kPosted;
  if (to == kPosted) return false;
  return to > from || (from == kScheduled && to == kScheduled - 1);
}

}  // namespace oree::erp

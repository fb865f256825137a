#include "services/erp/dynamics/dynamics.h"

#include "base/ids.h"
#include "base/text.h"
#include "services/erp/answer.h"

namespace oree::erp {
namespace {

constexpr std::string_view kOrders = "msdyn_workorders";
constexpr std::string_view kTasks = "msdyn_workorderservicetasks";
constexpr std::string_view kAlerts = "msdyn_iotalerts";
constexpr std::string_view kOrderColumns = "msdyn_workorderid,msdyn_name,msdyn_systemstatus";

constexpr int64_t kAnomaly = 192350000;  // msdyn_alerttype
constexpr int64_t kUnscheduled = 690970000, kScheduled = 690970001, kInProgress = 690970002,
                  kCompleted = 690970003, kPosted = 690970004, kCanceled = 690970005;  // msdyn_systemstatus

constexpr size_t kMostNameBytes = 100, kMostDescriptionBytes = 200, kMostSummaryBytes = 2'000;

// Dataverse keeps whole seconds.
std::string time_text(WallTime time) {
  return cat(iso_text(time).substr(0, 19), "Z");
}

void point_to(json::Value& body, std::string_view column, std::string_view set, std::string_view guid) {
  if (!guid.empty()) body.set(cat(column, "@odata.bind"), cat("/", set, "(", guid, ")"));
}

void point_to_entry(json::Value& body, std::string_view column, std::string_view set,
                    const std::map<std::string, std::string>& ids, const std::string& name) {
  if (const auto found = ids.find(name); found != ids.end()) point_to(body, column, set, found->second);
}

// A GUID column of a record: what is no GUID must not get into the next address.
Result<std::string> guid_at(const json::Value& row, std::string_view column) {
  const json::Value* value = row.find(column);
  if (value != nullptr && value->text() != nullptr && is_uuid(*value->text())) return *value->text();
  return fail(ErrorKind::unavailable, cat("the answer holds no ", column));
}

Result<std::string> text_at(const json::Value& row, std::string_view column) {
  const json::Value* value = row.find(column);
  if (value != nullptr && value->text() != nullptr && !value->text()->empty()) return *value->text();
  return fail(ErrorKind::unavailable, cat("the answer holds no ", column));
}

State state_of(int64_t status) {
  switch (status) {
    case kUnscheduled:
      return {Progress::unscheduled, "Unscheduled"};
    case kScheduled:
      return {Progress::scheduled, "Scheduled"};
    case kInProgress:
      return {Progress::in_progress, "In Progress"};
    case kCompleted:
      return {Progress::done, "Completed"};
    case kPosted:
      return {Progress::done, "Posted"};
    case kCanceled:
      return {Progress::cancelled, "Canceled"};
    default:
      return {Progress::unknown, cat(status)};
  }
}

// "O''Hara", as OData quotes text in an address.
std::string odata_text(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return percent_encode(cat("'", out, "'"));
}

}  // namespace

std::string key_value(std::string_view id) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : id) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += {'~', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

Dynamics::Dynamics(DynamicsSettings settings, const Clock& clock)
    : settings_(std::move(settings)), dataverse_(settings_.dataverse, clock) {}

Result<Placed> Dynamics::place(const WorkOrder& order) {
  std::string alert;
  if (settings_.alert) {
    auto placed = place_alert(order);
    if (!placed) return forward(placed, "alert");
    alert = *std::move(placed);
  }
  const auto record =
      create_once(kOrders, settings_.key, key_value(order.id), order_body(order, alert), kOrderColumns);
  if (!record) return forward(record, "work order");
  const auto guid = guid_at(record->row, "msdyn_workorderid");
  if (!guid) return forward(guid);
  auto number = text_at(record->row, "msdyn_name");
  if (!number) return forward(number);
  // Also when the order was there: the try that made it may have ended before its tasks.
  if (auto tasks = place_tasks(order, *guid); !tasks) return forward(tasks);
  return Placed{*std::move(number),
                cat(dataverse_.url(), "/main.aspx?etn=msdyn_workorder&pagetype=entityrecord&id=", *guid),
                record->created};
}

json::Value Dynamics::order_body(const WorkOrder& order, std::string_view alert) const {
  json::Value body = settings_.fields;
  body.set("msdyn_systemstatus", kUnscheduled);
  body.set("msdyn_workordersummary", cut(long_text(order), kMostSummaryBytes));
  if (order.due) body.set("msdyn_timetopromised", time_text(*order.due));
  point_to(body, "msdyn_serviceaccount", "accounts", settings_.service_account);
  point_to(body, "msdyn_workordertype", "msdyn_workordertypes", settings_.work_order_type);
  point_to(body, "msdyn_pricelist", "pricelevels", settings_.price_list);
  point_to_entry(body, "msdyn_priority", "msdyn_priorities", settings_.priorities, order.priority);
  point_to_entry(body, "msdyn_customerasset", "msdyn_customerassets", settings_.assets, order.asset);
  point_to(body, "msdyn_iotalert", kAlerts, alert);
  return body;
}

Result<std::string> Dynamics::place_alert(const WorkOrder& order) {
  json::Value body = json::Object{{"msdyn_description", cut(order.summary, kMostDescriptionBytes)},
                                  {"msdyn_alerttype", kAnomaly},
                                  {"msdyn_alerttime", time_text(order.created)},
                                  {"msdyn_alertdata", json::print(order.cause)}};
  const std::string token = key_value(order.id);
  if (settings_.alert_key != "msdyn_alerttoken") body.set("msdyn_alerttoken", token);
  const auto record = create_once(kAlerts, settings_.alert_key, token, body, "msdyn_iotalertid");
  if (!record) return forward(record);
  return guid_at(record->row, "msdyn_iotalertid");
}

Status Dynamics::place_tasks(const WorkOrder& order, std::string_view guid) {
  int64_t line = 0;
  for (const Task& task : order.tasks) {
    json::Value body = json::Object{{"msdyn_name", cut(task.text, kMostNameBytes)},
                                    {"msdyn_description", cut(task.text, kMostSummaryBytes)},
                                    {"msdyn_lineorder", ++line}};
    point_to(body, "msdyn_workorder", kOrders, guid);
    point_to(body, "msdyn_tasktype", "msdyn_servicetasktypes", settings_.task_type);
    const std::string value = cat(key_value(order.id), ".", key_value(task.id));
    const auto record = create_once(kTasks, settings_.task_key, value, body, "msdyn_workorderservicetaskid");
    if (!record) return forward(record, cat("task '", task.id, "'"));
  }
  return {};
}

Result<Dynamics::Record> Dynamics::create_once(std::string_view set, std::string_view key,
                                               std::string_view value, const json::Value& body,
                                               std::string_view columns) {
  const std::string path = cat(set, "(", key, "=", odata_text(value), ")?$select=", columns);
  auto answer =
      dataverse_.call("PATCH", path, body, {{"If-None-Match", "*"}, {"Prefer", "return=representation"}});
  if (answer && answer->status == 201 && !answer->body.is_null())
    return Record{std::move(answer->body), true};
  if (!answer && answer.error().kind != ErrorKind::conflict) return forward(answer);
  auto there = read(set, key, value, columns);
  // A conflict about something else, such as a second key of the company's own.
  if (!there && there.error().kind == ErrorKind::not_found && !answer) return forward(answer);
  if (!there) return forward(there);
  there->created = answer.has_value() && answer->status == 201;
  return there;
}

Result<Dynamics::Record> Dynamics::read(std::string_view set, std::string_view key, std::string_view value,
                                        std::string_view columns) {
  auto answer =
      dataverse_.call("GET", cat(set, "(", key, "=", odata_text(value), ")?$select=", columns), {}, {});
  if (!answer) return forward(answer);
  return Record{std::move(answer->body), false};
}

Result<json::Value> Dynamics::find(std::string_view number) {
  const std::string filter = cat("msdyn_name%20eq%20", odata_text(number));
  const auto answer =
      dataverse_.call("GET", cat(kOrders, "?$select=", kOrderColumns, "&$filter=", filter), {}, {});
  if (!answer) return forward(answer);
  const json::Value* rows = answer->body.find("value");
  if (rows == nullptr || rows->array() == nullptr)
    return fail(ErrorKind::unavailable, "the answer holds no list of work orders");
  if (rows->array()->empty())
    return fail(ErrorKind::not_found, cat("Field Service has no work order ", number));
  return rows->array()->front();
}

Result<State> Dynamics::state(std::string_view number) {
  const auto row = find(number);
  if (!row) return forward(row);
  const json::Value* status = row->find("msdyn_systemstatus");
  const auto value = status == nullptr ? std::nullopt : status->integer();
  if (!value) return fail(ErrorKind::unavailable, "the answer holds no msdyn_systemstatus");
  return state_of(*value);
}

Status Dynamics::set_status(std::string_view number, int64_t status) {
  const auto row = find(number);
  if (!row) return forward(row);
  const json::Value* now = row->find("msdyn_systemstatus");
  const auto value = now == nullptr ? std::nullopt : now->integer();
  // Posted is completed and booked: nothing is to be done any more.
  if (value == status || (status == kCompleted && value == kPosted)) return {};
  const auto guid = guid_at(*row, "msdyn_workorderid");
  if (!guid) return forward(guid);
  const auto answer = dataverse_.call("PATCH", cat(kOrders, "(", *guid, ")"),
                                      json::Object{{"msdyn_systemstatus", status}}, {{"If-Match", "*"}});
  if (!answer) return forward(answer, cat("work order ", number));
  return {};
}

Status Dynamics::close(std::string_view number) {
  return set_status(number, kCompleted);
}

Status Dynamics::cancel(std::string_view number) {
  return set_status(number, kCanceled);
}

}  // namespace oree::erp

#include "services/erp/double/record_store.h"

#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"

namespace oree::erp {
namespace {

constexpr uint64_t kMostFileBytes = 64 << 20;
constexpr std::string_view kStatus = "msdyn_systemstatus";

std::string text_of(const json::Value* value) {
  return value != nullptr && value->text() != nullptr ? *value->text() : "";
}

int64_t number_of(const json::Value& row, std::string_view column) {
  const json::Value* value = row.find(column);
  return value == nullptr ? 0 : value->integer().value_or(0);
}

std::string number_text(int64_t number) {
  const std::string digits = cat(number);
  return cat(std::string(5 - std::min<size_t>(5, digits.size()), '0'), digits);
}

}  // namespace

const Table* RecordStore::table(std::string_view set) const {
  const auto found = std::ranges::find(tables_, set, &Table::set);
  return found == tables_.end() ? nullptr : &*found;
}

const std::vector<json::Value>& RecordStore::rows(std::string_view set) const {
  static const std::vector<json::Value> kNone;
  const auto found = rows_.find(set);
  return found == rows_.end() ? kNone : found->second;
}

json::Value* RecordStore::find(const Table& table, const Address& address) {
  const auto found = rows_.find(table.set);
  if (found == rows_.end()) return nullptr;
  for (json::Value& row : found->second) {
    if (address.id.empty() ? text_of(row.find(address.key)) == address.value
                           : text_of(row.find(table.id)) == lower(address.id))
      return &row;
  }
  return nullptr;
}

std::optional<Complaint> RecordStore::create(const Table& table, const Address& address,
                                             const json::Value& body, WallTime now, json::Value*& made) {
  const auto ms = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  const std::string id = address.id.empty() ? crypto::new_uuid(ms) : lower(address.id);
  json::Value row = json::Object{{std::string(table.id), id}};
  if (auto wrong = apply_body(table, body, known_, true, row)) return wrong;
  if (!address.key.empty()) {
    if (auto wrong = apply_body(table, json::Object{{address.key, address.value}}, known_, false, row))
      return wrong;
  }
  for (const std::string& key : table.keys) {
    const std::string value = text_of(row.find(key));
    if (!value.empty() && find(table, {.set = "", .id = "", .key = key, .value = value}) != nullptr)
      return Complaint{412, "0x80040237", "A record with matching key values already exists."};
  }
  ++sequence_;
  auto& rows = rows_[std::string(table.set)];
  // Nothing is ever deleted, so no number is given twice.
  if (table.find("msdyn_name") != nullptr && table.find("msdyn_name")->type == Column::Type::numbered)
    row.set("msdyn_name", number_text(static_cast<int64_t>(rows.size()) + 1));
  row.set("createdon", cat(iso_text(now).substr(0, 19), "Z"));
  row.set("@odata.etag", cat("W/\"", sequence_, "\""));
  rows.push_back(std::move(row));
  known_.insert(cat("/", table.set, "(", id, ")"));
  made = &rows.back();
  return save();
}

std::optional<Complaint> RecordStore::update(const Table& table, json::Value& row, const json::Value& body,
                                             WallTime now) {
  json::Value changed = row;
  if (auto wrong = apply_body(table, body, known_, false, changed)) return wrong;
  const int64_t from = number_of(row, kStatus), to = number_of(changed, kStatus);
  if (!may_follow(from, to))
    return Complaint{400, "0x80040265",
                     cat("The work order cannot go from system status ", from, " to ", to, ".")};
  changed.set("modifiedon", cat(iso_text(now).substr(0, 19), "Z"));
  changed.set("@odata.etag", cat("W/\"", ++sequence_, "\""));
  row = std::move(changed);
  return save();
}

std::optional<Complaint> RecordStore::save() {
  if (file_.empty()) return std::nullopt;
  json::Object sets;
  for (const auto& [set, rows] : rows_) sets.emplace_back(set, json::Array(rows.begin(), rows.end()));
  const std::string text =
      json::print(json::Object{{"sequence", sequence_}, {"records", std::move(sets)}}, 1);
  files::RealDisk disk;
  const auto written = disk.write(file_, as_bytes(text));
  if (written) return std::nullopt;
  return Complaint{500, "0x80040216", written.error().what};
}

Status RecordStore::load() {
  if (file_.empty()) return {};
  files::RealDisk disk;
  const auto bytes = disk.read(file_, kMostFileBytes);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return {};
  if (!bytes) return forward(bytes);
  const auto value = json::parse(as_text(*bytes));
  const json::Value* records = value ? value->find("records") : nullptr;
  if (records == nullptr || records->object() == nullptr)
    return fail(ErrorKind::corrupt, cat(file_.string(), " is no file of this stand-in"));
  sequence_ = number_of(*value, "sequence");
  for (const auto& [set, rows] : *records->object()) {
    const Table* one = table(set);
    if (one == nullptr || rows.array() == nullptr) continue;
    rows_[set] = *rows.array();
    for (const json::Value& row : *rows.array())
      known_.insert(cat("/", set, "(", text_of(row.find(one->id)), ")"));
  }
  return {};
}

}  // namespace oree::erp

// The records of the stand-in: kept in memory, and in a JSON file when one is named. Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/json/value.h"
#include "services/erp/double/address.h"
#include "services/erp/double/tables.h"

namespace oree::erp {

class RecordStore {
 public:
  RecordStore(std::vector<Table> tables, Known known, std::filesystem::path file)
      : tables_(std::move(tables)), known_(std::move(known)), file_(std::move(file)) {}

  Status load();  // fine when there is no file yet
  const Table* table(std::string_view set) const;
  const std::vector<json::Value>& rows(std::string_view set) const;
  json::Value* find(const Table& table, const Address& address);

  // A new record with an id, a number and an etag; `made` is it.
  std::optional<Complaint> create(const Table& table, const Address& address, const json::Value& body,
                                  WallTime now, json::Value*& made);
  std::optional<Complaint> update(const Table& table, json::Value& row, const json::Value& body,
                                  WallTime now);

 private:
  std::optional<Complaint> save();

  const std::vector<Table> tables_;
  Known known_;
  const std::filesystem::path file_;
  std::map<std::string, std::vector<json::Value>, std::less<>> rows_;
  int64_t sequence_ = 0;
};

}  // namespace oree::erp

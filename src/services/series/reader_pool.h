// Connections for reading, kept open between views. Private to this room. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/readings/store.h"
#include "platform/sql/database.h"

namespace oree::series {

// A connection with the statements it has needed so far.
class Connection {
 public:
  explicit Connection(sql::Database database) : database_(std::move(database)) {}
  sql::Database& database() { return database_; }
  // Prepared once; `sql` must live for ever. Reset it after use.
  Result<sql::Statement*> statement(const char* sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) return &known->second;
    auto prepared = database_.prepare(sql);
    if (!prepared) return forward(prepared);
    return &statements_.emplace(sql, std::move(*prepared)).first->second;
  }

 private:
  sql::Database database_;
  std::map<const char*, sql::Statement> statements_;
};

class ReaderPool {
 public:
  explicit ReaderPool(std::string file) : file_(std::move(file)) {}
  Result<std::unique_ptr<Connection>> take();
  void give_back(std::unique_ptr<Connection> connection);

 private:
  std::string file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// A view that shows one moment: a read transaction as long as it lives.
Result<std::unique_ptr<readings::View>> open_view(std::shared_ptr<ReaderPool> pool);

}  // namespace oree::series

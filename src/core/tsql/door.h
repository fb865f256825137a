// How the SQL door and what runs by itself behind it meet: services/queries opens the door, services/jobs is
// the automation, a station ties them together.
//
// Everything here happens under the door's one lock for administrators: an Automation needs no lock of its
// own, and must not call as_admin() from within run().
#pragma once

#include <functional>
#include <string_view>

#include "core/tsql/result_set.h"
#include "core/tsql/token.h"
#include "platform/sql/database.h"

namespace oree::tsql {

// The administrators' connection.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual sql::Database& database() = 0;
  // A text as one would type it, models and variables included; the last answer.
  virtual Result<ResultSet> run_text(std::string_view text) = 0;
};

class Door {
 public:
  virtual ~Door() = default;
  // Runs `work` while nobody else has the connection, within wide limits of time and memory; a transaction
  // that it leaves open is rolled back.
  virtual Status as_admin(const std::function<Status(Connection& admin)>& work) = 0;
};

// Whoever runs what is not the door's own: streams, jobs, schedules.
class Automation {
 public:
  struct Request {
    TokenSpan statement;
    sql::Database& database;  // of whoever asks
    bool admin = false;
    std::function<Result<sql::Value>(TokenSpan)> value_of;  // of an expression, variables included
  };
  virtual ~Automation() = default;
  // Once, before anybody asks. Both outlive the automation.
  virtual Status attach(Door& door, Connection& admin) = 0;
  virtual bool takes(TokenSpan statement) const = 0;
  virtual Result<ResultSet> run(const Request& request) = 0;
};

}  // namespace oree::tsql

// One connection with everything of ours added to it, and the variables of the text that runs. One thread at
// a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "services/queries/language.h"
#include "services/queries/run_context.h"

namespace oree::queries {

enum class Role {
  reader,  // SELECT, and nothing that changes, attaches or loads
  admin
};

class Session {
 public:
  static Result<std::unique_ptr<Session>> open(const std::string& file, Role role,
                                               readings::SeriesStore* store, ModelCache& models,
                                               Clock& clock);

  void begin(const Limits& limits);
  void end();

  // One statement in SQLite's own language, with the variables bound by name.
  Result<ResultSet> run(const std::string& sql);
  // The first column of the first row; NULL when there is no row.
  Result<sql::Value> scalar(const std::string& sql);
  // The names of the columns that a query answers.
  Result<std::vector<std::string>> columns(const std::string& sql);

  std::map<std::string, sql::Value, std::less<>>& variables() { return variables_; }
  sql::Database& database() { return database_; }
  RunContext& context() { return *context_; }
  Role role() const { return role_; }

 private:
  Session(sql::Database database, Role role, std::shared_ptr<RunContext> context)
      : database_(std::move(database)), role_(role), context_(std::move(context)) {}
  Status refresh_wide_tables();
  Result<sql::Statement> prepare(const std::string& sql);

  sql::Database database_;
  Role role_;
  std::shared_ptr<RunContext> context_;
  std::map<std::string, sql::Value, std::less<>> variables_;  // in lower case, with the @
  std::map<std::string, size_t> wide_;                        // machine → sensors it had
};

}  // namespace oree::queries

#include "services/queries/session.h"

#include "base/text.h"
#include "services/queries/models/model_functions.h"
#include "services/queries/tables/tables.h"
#include "services/queries/time_functions.h"

namespace oree::queries {
namespace {

size_t bytes_of(const sql::Value& value) {
  constexpr size_t kCell = 40;
  if (const auto* text = std::get_if<std::string>(&value)) return kCell + text->size();
  if (const auto* bytes = std::get_if<ByteBuffer>(&value)) return kCell + bytes->size();
  return kCell;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const std::string& file, Role role,
                                               readings::SeriesStore* store, ModelCache& models,
                                               Clock& clock) {
  auto database = sql::Database::open(file, {.read_only = role == Role::reader});
  if (!database) return forward(database);
  auto context = std::make_shared<RunContext>(store, models, clock);
  const Status added[] = {
      add_time_functions(*database, context),
      add_model_functions(*database, context),
      add_series_tables(*database, context),
      database->execute("PRAGMA temp_store = FILE"),
  };
  for (const Status& status : added) {
    if (!status) return forward(status);
  }
  constexpr int kLongestValue = 64'000'000;
  database->limit_value_bytes(kLongestValue);
  std::unique_ptr<Session> session(new Session(std::move(*database), role, std::move(context)));
  if (role == Role::reader) session->database_.authorize(sql::may_read);
  return session;
}

void Session::begin(const Limits& limits) {
  variables_.clear();
  context_->begin(limits);
  database_.watch([this] { return context_->go_on(); });
}

void Session::end() {
  database_.watch({});
  context_->end();
}

Status Session::refresh_wide_tables() {
  if (context_->store() == nullptr) return {};
  const auto view = context_->view();
  if (!view) return forward(view);
  const auto catalogue = (*view)->catalogue();
  if (!catalogue) return forward(catalogue);
  std::map<std::string, std::vector<readings::Series>> machines;
  for (const readings::Series& series : *catalogue) machines[series.machine].push_back(series);
  for (auto& [machine, sensors] : machines) {
    size_t& known = wide_[machine];
    if (known == sensors.size()) continue;
    known = sensors.size();
    if (auto added = add_wide_table(database_, context_, std::move(sensors)); !added) return added;
  }
  return {};
}

Result<sql::Statement> Session::prepare(const std::string& sql) {
  if (auto wide = refresh_wide_tables(); !wide) return forward(wide);
  auto statement = database_.prepare(sql);
  if (!statement) return statement;
  for (int i = 1; i <= statement->parameter_count(); ++i) {
    const auto known = variables_.find(lower(statement->parameter_name(i)));
    if (known == variables_.end()) {
      return fail(ErrorKind::invalid, cat("the variable ", statement->parameter_name(i), " is not declared"));
    }
    statement->bind_value(i, known->second);
  }
  return statement;
}

Result<ResultSet> Session::run(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return forward(statement);
  ResultSet result;
  for (int i = 0; i < statement->column_count(); ++i) result.columns.emplace_back(statement->column_name(i));
  size_t bytes = 0;
  auto row = statement->step();
  for (; row && *row; row = statement->step()) {
    if (result.rows.size() == context_->limits().rows) {
      result.truncated = true;
      break;
    }
    auto& values = result.rows.emplace_back();
    for (int i = 0; i < statement->column_count(); ++i) {
      values.push_back(statement->value(i));
      bytes += bytes_of(values.back());
    }
    if (auto room = context_->check_memory(bytes); !room) return forward(room);
  }
  if (!row) return forward(row);
  if (result.columns.empty() && !statement->only_reads()) result.changes = database_.changes();
  return result;
}

Result<sql::Value> Session::scalar(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return forward(statement);
  const auto row = statement->step();
  if (!row) return forward(row);
  return *row && statement->column_count() > 0 ? statement->value(0) : sql::Value();
}

Result<std::vector<std::string>> Session::columns(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return forward(statement);
  std::vector<std::string> names;
  for (int i = 0; i < statement->column_count(); ++i) names.emplace_back(statement->column_name(i));
  return names;
}

}  // namespace oree::queries

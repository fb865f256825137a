#include "platform/sql/database.h"

#include <utility>

#include "base/text.h"
#include "platform/sql/handles.h"

namespace oree::sql {
namespace {

constexpr int kBusyTimeoutMs = 5000;

std::string_view pragma_for(Sync sync) {
  switch (sync) {
    case Sync::off:
      return "PRAGMA synchronous = OFF";
    case Sync::normal:
      return "PRAGMA synchronous = NORMAL";
    case Sync::full:
      break;
  }
  return "PRAGMA synchronous = FULL";
}

}  // namespace

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path, const OpenOptions& options) {
  const int access = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  auto state = std::make_unique<State>();
  const int code = sqlite3_open_v2(path.c_str(), &state->handle,
                                   access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    return forward(Status(fail_with_sqlite(code, state->handle, "")), cat("cannot open ", path));
  }
  sqlite3_busy_timeout(state->handle, kBusyTimeoutMs);
  Database database(std::move(state));
  if (options.can_shrink) {  // before the first page is written
    if (auto set = database.execute("PRAGMA auto_vacuum = INCREMENTAL"); !set) return forward(set);
  }
  // Also the first look into the file: "not a database" shows here.
  if (!options.read_only) {
    if (auto wal = database.execute("PRAGMA journal_mode = WAL"); !wal) return forward(wal);
  } else if (auto looked = database.execute("SELECT 1 FROM sqlite_schema LIMIT 1"); !looked) {
    return forward(looked);
  }
  if (auto set = database.execute(pragma_for(options.sync)); !set) return forward(set);
  return database;
}

Status Database::execute(std::string_view sql) {
  while (!trim(sql).empty()) {
    sqlite3_stmt* handle = nullptr;
    const char* rest = nullptr;
    const int code =
        sqlite3_prepare_v2(state_->handle, sql.data(), static_cast<int>(sql.size()), &handle, &rest);
    if (code != SQLITE_OK) return fail_with_faults(code, state_->handle, *state_->faults, sql);
    sql.remove_prefix(static_cast<size_t>(rest - sql.data()));
    if (handle == nullptr) continue;  // a comment
    auto state = std::make_unique<Statement::State>();
    state->handle = handle;
    state->faults = state_->faults;
    if (auto ran = Statement(std::move(state)).run(); !ran) return ran;
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  auto state = std::make_unique<Statement::State>();
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v2(state_->handle, sql.data(), static_cast<int>(sql.size()), &state->handle, &rest);
  if (code != SQLITE_OK) return fail_with_faults(code, state_->handle, *state_->faults, sql);
  state->faults = state_->faults;
  const std::string_view left = trim(sql.substr(static_cast<size_t>(rest - sql.data())));
  if (state->handle == nullptr || !left.empty()) {
    return fail(ErrorKind::invalid, cat("one statement is needed, not: ", sql));
  }
  return Statement(std::move(state));
}

int64_t Database::changes() const {
  return sqlite3_changes64(state_->handle);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return forward(begun);
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite may have rolled back by itself (disk full); then this fails, and that is fine.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Status Transaction::commit() {
  if (database_ == nullptr) return fail(ErrorKind::bug, "this transaction has been committed already");
  if (auto done = database_->execute("COMMIT"); !done) return done;  // the destructor rolls back
  database_ = nullptr;
  return {};
}

}  // namespace oree::sql

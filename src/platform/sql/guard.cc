// What a connection is allowed to do and for how long.
#include "base/text.h"
#include "platform/sql/handles.h"

namespace oree::sql {
namespace {

int on_progress(void* state_data) {
  auto& state = *static_cast<std::pair<std::function<Status()>*, Faults*>*>(state_data);
  const Status go_on = (*state.first)();
  if (go_on) return 0;
  if (!state.second->pending) state.second->pending = go_on.error();
  return 1;
}

struct ActionRow {
  int code;
  Action::Kind kind;
  bool name_is_second;
};

constexpr ActionRow kActions[] = {
    {SQLITE_SELECT, Action::Kind::select, false},
    {SQLITE_RECURSIVE, Action::Kind::select, false},
    {SQLITE_READ, Action::Kind::read, false},
    {SQLITE_FUNCTION, Action::Kind::function, true},
    {SQLITE_PRAGMA, Action::Kind::pragma, false},
    {SQLITE_INSERT, Action::Kind::write, false},
    {SQLITE_UPDATE, Action::Kind::write, false},
    {SQLITE_DELETE, Action::Kind::write, false},
    {SQLITE_ATTACH, Action::Kind::attach, false},
    {SQLITE_DETACH, Action::Kind::attach, false},
    {SQLITE_TRANSACTION, Action::Kind::transaction, false},
    {SQLITE_SAVEPOINT, Action::Kind::transaction, false},
};

std::string_view name_of(Action::Kind kind) {
  constexpr std::string_view kNames[] = {"select", "reading",          "function",
                                         "pragma", "writing to table", "changing the schema",
                                         "attach", "transaction"};
  return kNames[static_cast<size_t>(kind)];
}

int on_authorize(void* state_data, int code, const char* first, const char* second, const char*,
                 const char*) {
  const auto& state = *static_cast<const Database::State*>(state_data);
  Action action{Action::Kind::schema, first != nullptr ? first : "", second != nullptr ? second : ""};
  for (const ActionRow& row : kActions) {
    if (row.code != code) continue;
    action.kind = row.kind;
    if (row.name_is_second) std::swap(action.name, action.detail);
  }
  if (state.authorize(action)) return SQLITE_OK;
  if (!state.faults->pending) {
    const std::string what =
        cat("not allowed here: ", name_of(action.kind), action.name.empty() ? "" : " ", action.name);
    state.faults->pending = Error{ErrorKind::denied, what};
  }
  return SQLITE_DENY;
}

}  // namespace

void Database::watch(std::function<Status()> go_on) {
  constexpr int kSteps = 1000;  // of SQLite's machine: some tens of microseconds
  state_->watch = std::move(go_on);
  if (!state_->watch) {
    sqlite3_progress_handler(state_->handle, 0, nullptr, nullptr);
    return;
  }
  state_->watched = {&state_->watch, state_->faults.get()};
  sqlite3_progress_handler(state_->handle, kSteps, on_progress, &state_->watched);
}

void Database::authorize(std::function<bool(const Action&)> allowed) {
  state_->authorize = std::move(allowed);
  sqlite3_set_authorizer(state_->handle, state_->authorize ? on_authorize : nullptr, state_.get());
}

void Database::limit_value_bytes(int bytes) {
  sqlite3_limit(state_->handle, SQLITE_LIMIT_LENGTH, bytes);
}

int Database::error_offset() const {
  return sqlite3_error_offset(state_->handle);
}

int64_t Database::memory_used() {
  return sqlite3_memory_used();
}

bool may_read(const Action& action) {
  switch (action.kind) {
    case Action::Kind::write:
      // SQLite declares our own tables this way when it meets them first. Whoever writes there to make or
      // change a table must ask for that as well, and the schema itself cannot be written without a pragma.
      return action.name == "sqlite_master";
    case Action::Kind::select:
    case Action::Kind::read:
      return true;
    case Action::Kind::function:
      return !iequals(action.name, "load_extension") && !iequals(action.name, "fts3_tokenizer");
    case Action::Kind::pragma:
      return iequals(action.name, "table_list") || iequals(action.name, "table_info");
    default:
      return false;
  }
}

}  // namespace oree::sql

#include "platform/sql/table.h"

#include "base/text.h"
#include "platform/sql/handles.h"

namespace oree::sql {
namespace {

struct Module {
  std::shared_ptr<Table> table;
  std::shared_ptr<Faults> faults;
};

struct Connected : sqlite3_vtab {
  std::shared_ptr<Table> table;
  std::shared_ptr<Faults> faults;
};

struct Opened : sqlite3_vtab_cursor {
  std::unique_ptr<Cursor> cursor;
  int64_t row = 0;
};

int failed(Connected& connected, const Error& error) {
  if (!connected.faults->pending) connected.faults->pending = error;
  sqlite3_free(connected.zErrMsg);
  connected.zErrMsg = sqlite3_mprintf("%s", error.what.c_str());
  return SQLITE_ERROR;
}

Connected& connected_of(sqlite3_vtab_cursor* cursor) {
  return *static_cast<Connected*>(cursor->pVtab);
}

std::string declaration(const Table& table) {
  std::string text = "CREATE TABLE x(";
  bool first = true;
  for (const Column& column : table.columns()) {
    if (!first) text += ", ";
    first = false;
    text += cat(quoted_name(column.name), " ", column.type, column.hidden ? " HIDDEN" : "");
  }
  return text + ")";
}

int on_connect(sqlite3* handle, void* module_data, int, const char* const*, sqlite3_vtab** out,
               char** message) {
  auto& module = *static_cast<Module*>(module_data);
  const int code = sqlite3_declare_vtab(handle, declaration(*module.table).c_str());
  if (code != SQLITE_OK) {
    *message = sqlite3_mprintf("%s", sqlite3_errmsg(handle));
    return code;
  }
  auto connected = std::make_unique<Connected>();
  connected->table = module.table;
  connected->faults = module.faults;
  *out = connected.release();
  return SQLITE_OK;
}

int on_disconnect(sqlite3_vtab* vtab) {
  delete static_cast<Connected*>(vtab);
  return SQLITE_OK;
}

Compare compare_of(unsigned char op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
      return Compare::equal;
    case SQLITE_INDEX_CONSTRAINT_LT:
      return Compare::less;
    case SQLITE_INDEX_CONSTRAINT_LE:
      return Compare::less_equal;
    case SQLITE_INDEX_CONSTRAINT_GT:
      return Compare::greater;
    case SQLITE_INDEX_CONSTRAINT_GE:
      return Compare::greater_equal;
    default:
      return Compare::other;
  }
}

void answer_plan(const Plan& plan, sqlite3_index_info* info) {
  for (size_t i = 0; i < plan.taken.size(); ++i) {
    auto& usage = info->aConstraintUsage[plan.taken[i]];
    usage.argvIndex = static_cast<int>(i) + 1;
    usage.omit = 1;
  }
  info->idxNum = plan.number;
  info->idxStr = sqlite3_mprintf("%s", plan.note.c_str());
  info->needToFreeIdxStr = 1;
  info->estimatedCost = plan.cost;
  info->estimatedRows = plan.rows;
  info->orderByConsumed = plan.ordered ? 1 : 0;
}

int on_best_index(sqlite3_vtab* vtab, sqlite3_index_info* info) {
  auto& connected = *static_cast<Connected*>(vtab);
  std::vector<Constraint> constraints;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& given = info->aConstraint[i];
    constraints.push_back({given.iColumn, compare_of(given.op), given.usable != 0});
  }
  std::vector<Order> orders;
  for (int i = 0; i < info->nOrderBy; ++i) {
    orders.push_back({info->aOrderBy[i].iColumn, info->aOrderBy[i].desc != 0});
  }
  const auto plan = connected.table->plan({constraints, orders, info->colUsed});
  if (plan) {
    answer_plan(*plan, info);
    return SQLITE_OK;
  }
  // A missing argument may come with another join order: SQLite tries those that are left.
  for (const Constraint& constraint : constraints) {
    if (!constraint.usable) return SQLITE_CONSTRAINT;
  }
  return failed(connected, plan.error());
}

int on_open(sqlite3_vtab* vtab, sqlite3_vtab_cursor** out) {
  auto& connected = *static_cast<Connected*>(vtab);
  auto cursor = connected.table->open();
  if (!cursor) return failed(connected, cursor.error());
  auto opened = std::make_unique<Opened>();
  opened->cursor = std::move(*cursor);
  *out = opened.release();
  return SQLITE_OK;
}

int on_close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<Opened*>(cursor);
  return SQLITE_OK;
}

int on_filter(sqlite3_vtab_cursor* cursor, int number, const char* note, int count, sqlite3_value** values) {
  auto& opened = *static_cast<Opened*>(cursor);
  opened.row = 0;
  const Arguments in(reinterpret_cast<void* const*>(values), count);
  const Status started = opened.cursor->start(number, note != nullptr ? note : "", in);
  return started ? SQLITE_OK : failed(connected_of(cursor), started.error());
}

int on_next(sqlite3_vtab_cursor* cursor) {
  auto& opened = *static_cast<Opened*>(cursor);
  ++opened.row;
  const Status moved = opened.cursor->next();
  return moved ? SQLITE_OK : failed(connected_of(cursor), moved.error());
}

int on_eof(sqlite3_vtab_cursor* cursor) {
  return static_cast<Opened*>(cursor)->cursor->at_end() ? 1 : 0;
}

int on_column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
  Answer answer(context);
  const Status done = static_cast<Opened*>(cursor)->cursor->column(index, answer);
  return done ? SQLITE_OK : failed(connected_of(cursor), done.error());
}

int on_rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* row) {
  *row = static_cast<Opened*>(cursor)->row;
  return SQLITE_OK;
}

// Without xCreate the table is there by its name alone, in every schema.
sqlite3_module make_module() {
  sqlite3_module module{};
  module.iVersion = 1;
  module.xConnect = on_connect;
  module.xBestIndex = on_best_index;
  module.xDisconnect = on_disconnect;
  module.xOpen = on_open;
  module.xClose = on_close;
  module.xFilter = on_filter;
  module.xNext = on_next;
  module.xEof = on_eof;
  module.xColumn = on_column;
  module.xRowid = on_rowid;
  return module;
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + "\"";
}

Status add_table(Database& database, const std::string& name, std::shared_ptr<Table> table) {
  static const sqlite3_module kModule = make_module();
  auto& state = database.state();
  auto* module = new Module{std::move(table), state.faults};
  const int code = sqlite3_create_module_v2(state.handle, name.c_str(), &kModule, module,
                                            [](void* old) { delete static_cast<Module*>(old); });
  if (code != SQLITE_OK) return fail_with_sqlite(code, state.handle, name);
  return {};
}

}  // namespace oree::sql

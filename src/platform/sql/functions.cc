#include "platform/sql/functions.h"

#include "base/text.h"
#include "platform/sql/handles.h"

namespace oree::sql {
namespace {

struct ScalarEntry {
  Scalar scalar;
  std::shared_ptr<Faults> faults;
};

struct AggregateEntry {
  MakeAggregate make;
  std::shared_ptr<Faults> faults;
};

// What SQLite keeps for us per group. It gives zeroed memory, so the pointer starts as null.
struct Slot {
  Aggregate* aggregate;
};

Arguments arguments_of(int count, sqlite3_value** values) {
  return {reinterpret_cast<void* const*>(values), count};
}

void call_scalar(sqlite3_context* context, int count, sqlite3_value** values) {
  auto& entry = *static_cast<ScalarEntry*>(sqlite3_user_data(context));
  Answer answer(context);
  if (Status done = entry.scalar(arguments_of(count, values), answer); !done) {
    answer_failure(context, *entry.faults, done.error());
  }
}

// nullptr when SQLite has no memory for it; it says so itself.
Aggregate* aggregate_of(sqlite3_context* context) {
  auto* slot = static_cast<Slot*>(sqlite3_aggregate_context(context, sizeof(Slot)));
  if (slot == nullptr) return nullptr;
  auto& entry = *static_cast<AggregateEntry*>(sqlite3_user_data(context));
  if (slot->aggregate == nullptr) slot->aggregate = entry.make().release();
  return slot->aggregate;
}

void report(sqlite3_context* context, const Status& done) {
  auto& entry = *static_cast<AggregateEntry*>(sqlite3_user_data(context));
  if (!done) answer_failure(context, *entry.faults, done.error());
}

void call_step(sqlite3_context* context, int count, sqlite3_value** values) {
  if (Aggregate* aggregate = aggregate_of(context)) {
    report(context, aggregate->step(arguments_of(count, values)));
  }
}

void call_inverse(sqlite3_context* context, int count, sqlite3_value** values) {
  if (Aggregate* aggregate = aggregate_of(context)) {
    report(context, aggregate->leave(arguments_of(count, values)));
  }
}

void call_value(sqlite3_context* context) {
  Answer answer(context);
  if (Aggregate* aggregate = aggregate_of(context)) report(context, aggregate->answer(answer));
}

// Also called to clean up after a statement that was broken off.
void call_final(sqlite3_context* context) {
  Aggregate* raw = aggregate_of(context);
  if (raw == nullptr) return;
  const std::unique_ptr<Aggregate> aggregate(raw);
  static_cast<Slot*>(sqlite3_aggregate_context(context, sizeof(Slot)))->aggregate = nullptr;
  Answer answer(context);
  report(context, aggregate->answer(answer));
}

template <class Entry>
void forget(void* entry) {
  delete static_cast<Entry*>(entry);
}

}  // namespace

void answer_failure(sqlite3_context* context, Faults& faults, const Error& error) {
  if (!faults.pending) faults.pending = error;
  sqlite3_result_error(context, error.what.data(), static_cast<int>(error.what.size()));
}

Status Aggregate::leave(const Arguments&) {
  return fail(ErrorKind::unsupported, "this function cannot slide over a window");
}

Status add_scalar(Database& database, const std::string& name, int arguments, Scalar scalar, Purity purity) {
  auto& state = database.state();
  const int flags = SQLITE_UTF8 | (purity == Purity::pure ? SQLITE_DETERMINISTIC : 0);
  auto* entry = new ScalarEntry{std::move(scalar), state.faults};
  // On failure SQLite calls forget() itself.
  const int code = sqlite3_create_function_v2(state.handle, name.c_str(), arguments, flags, entry,
                                              call_scalar, nullptr, nullptr, forget<ScalarEntry>);
  if (code != SQLITE_OK) return fail_with_sqlite(code, state.handle, name);
  return {};
}

Status add_aggregate(Database& database, const std::string& name, int arguments, MakeAggregate make) {
  auto& state = database.state();
  auto* entry = new AggregateEntry{std::move(make), state.faults};
  const int code = sqlite3_create_function_v2(state.handle, name.c_str(), arguments, SQLITE_UTF8, entry,
                                              nullptr, call_step, call_final, forget<AggregateEntry>);
  if (code != SQLITE_OK) return fail_with_sqlite(code, state.handle, name);
  return {};
}

Status add_window(Database& database, const std::string& name, int arguments, MakeAggregate make) {
  auto& state = database.state();
  auto* entry = new AggregateEntry{std::move(make), state.faults};
  const int code =
      sqlite3_create_window_function(state.handle, name.c_str(), arguments, SQLITE_UTF8, entry, call_step,
                                     call_final, call_value, call_inverse, forget<AggregateEntry>);
  if (code != SQLITE_OK) return fail_with_sqlite(code, state.handle, name);
  return {};
}

}  // namespace oree::sql

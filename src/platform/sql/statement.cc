#include <utility>

#include "base/text.h"
#include "platform/sql/handles.h"

namespace oree::sql {
namespace {

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ErrorKind::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::busy;
    case SQLITE_CONSTRAINT:
      return ErrorKind::conflict;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return ErrorKind::unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorKind::denied;
    case SQLITE_INTERRUPT:
      return ErrorKind::timeout;
    default:
      return ErrorKind::invalid;
  }
}

}  // namespace

std::unexpected<Error> fail_with_sqlite(int code, sqlite3* handle, std::string_view statement) {
  constexpr size_t kShown = 200;
  const char* file = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
  // The connection's own sentence says more, but only while it is about this very failure.
  const bool own = handle != nullptr && (sqlite3_extended_errcode(handle) & 0xff) == (code & 0xff);
  const char* reason = own ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  std::string what = cat(file != nullptr && *file != '\0' ? file : "sqlite", ": ", reason);
  if (!statement.empty()) what += cat(" (", trim(statement).substr(0, kShown), ")");
  return fail(kind_of(code), std::move(what));
}

std::unexpected<Error> fail_with_faults(int code, sqlite3* handle, Faults& faults,
                                        std::string_view statement) {
  if (faults.pending) return std::unexpected(*std::exchange(faults.pending, std::nullopt));
  return fail_with_sqlite(code, handle, statement);
}

Statement::Statement(std::unique_ptr<State> state) : state_(std::move(state)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

namespace {

void note(int& first_error, int code) {
  if (first_error == SQLITE_OK) first_error = code;
}

}  // namespace

Statement& Statement::bind(int position, int64_t value) {
  note(state_->bind_error, sqlite3_bind_int64(state_->handle, position, value));
  return *this;
}

Statement& Statement::bind(int position, double value) {
  note(state_->bind_error, sqlite3_bind_double(state_->handle, position, value));
  return *this;
}

Statement& Statement::bind(int position, std::string_view text) {
  const char* data = text.data() != nullptr ? text.data() : "";  // a null pointer would bind NULL
  note(state_->bind_error,
       sqlite3_bind_text64(state_->handle, position, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int position, ByteView blob) {
  const void* data = blob.data() != nullptr ? static_cast<const void*>(blob.data()) : "";
  note(state_->bind_error,
       sqlite3_bind_blob64(state_->handle, position, data, blob.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int position) {
  note(state_->bind_error, sqlite3_bind_null(state_->handle, position));
  return *this;
}

Statement& Statement::bind_value(int position, const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return bind(position, *whole);
  if (const auto* number = std::get_if<double>(&value)) return bind(position, *number);
  if (const auto* words = std::get_if<std::string>(&value)) return bind(position, std::string_view(*words));
  if (const auto* bytes = std::get_if<ByteBuffer>(&value)) return bind(position, ByteView(*bytes));
  return bind_null(position);
}

Statement& Statement::bind_pointer(int position, const void* lent, const char* tag) {
  note(state_->bind_error,
       sqlite3_bind_pointer(state_->handle, position, const_cast<void*>(lent), tag, nullptr));
  return *this;
}

Result<bool> Statement::step() {
  sqlite3* const connection = sqlite3_db_handle(state_->handle);
  if (state_->bind_error != SQLITE_OK) {
    return fail_with_sqlite(state_->bind_error, connection, sqlite3_sql(state_->handle));
  }
  const int code = sqlite3_step(state_->handle);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto failed = fail_with_faults(code, connection, *state_->faults, sqlite3_sql(state_->handle));
  sqlite3_reset(state_->handle);  // or its read lock would stay
  return failed;
}

Status Statement::run() {
  Result<bool> row = true;
  while (row && *row) row = step();
  reset();
  if (!row) return forward(row);
  return {};
}

void Statement::reset() {
  sqlite3_reset(state_->handle);
  sqlite3_clear_bindings(state_->handle);
  state_->bind_error = SQLITE_OK;
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(state_->handle, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(state_->handle, column);
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(state_->handle, column));
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(sqlite3_column_bytes(state_->handle, column))};
}

ByteView Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(state_->handle, column));
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(sqlite3_column_bytes(state_->handle, column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(state_->handle, column) == SQLITE_NULL;
}

Type Statement::type(int column) const {
  switch (sqlite3_column_type(state_->handle, column)) {
    case SQLITE_INTEGER:
      return Type::integer;
    case SQLITE_FLOAT:
      return Type::real;
    case SQLITE_TEXT:
      return Type::text;
    case SQLITE_BLOB:
      return Type::blob;
    default:
      return Type::null;
  }
}

Value Statement::value(int column) const {
  switch (type(column)) {
    case Type::integer:
      return integer(column);
    case Type::real:
      return real(column);
    case Type::text:
      return std::string(text(column));
    case Type::blob: {
      const ByteView bytes = blob(column);
      return ByteBuffer(bytes.begin(), bytes.end());
    }
    case Type::null:
      break;
  }
  return {};
}

int Statement::column_count() const {
  return sqlite3_column_count(state_->handle);
}

std::string_view Statement::column_name(int column) const {
  const char* name = sqlite3_column_name(state_->handle, column);
  return name != nullptr ? name : "";
}

int Statement::parameter_count() const {
  return sqlite3_bind_parameter_count(state_->handle);
}

std::string_view Statement::parameter_name(int position) const {
  const char* name = sqlite3_bind_parameter_name(state_->handle, position);
  return name != nullptr ? name : "";
}

bool Statement::only_reads() const {
  return sqlite3_stmt_readonly(state_->handle) != 0;
}

}  // namespace oree::sql

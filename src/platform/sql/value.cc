#include "platform/sql/value.h"

#include <sqlite3.h>

namespace oree::sql {
namespace {

sqlite3_value* as_value(void* value) {
  return static_cast<sqlite3_value*>(value);
}

sqlite3_context* as_context(void* context) {
  return static_cast<sqlite3_context*>(context);
}

}  // namespace

Type Arguments::type(size_t i) const {
  switch (sqlite3_value_type(as_value(values_[i]))) {
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

int64_t Arguments::integer(size_t i) const {
  return sqlite3_value_int64(as_value(values_[i]));
}

double Arguments::real(size_t i) const {
  return sqlite3_value_double(as_value(values_[i]));
}

std::string_view Arguments::text(size_t i) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_value_text(as_value(values_[i])));
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(sqlite3_value_bytes(as_value(values_[i])))};
}

ByteView Arguments::blob(size_t i) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_value_blob(as_value(values_[i])));
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(sqlite3_value_bytes(as_value(values_[i])))};
}

Value Arguments::value(size_t i) const {
  switch (type(i)) {
    case Type::integer:
      return integer(i);
    case Type::real:
      return real(i);
    case Type::text:
      return std::string(text(i));
    case Type::blob: {
      const ByteView bytes = blob(i);
      return ByteBuffer(bytes.begin(), bytes.end());
    }
    case Type::null:
      break;
  }
  return {};
}

const void* Arguments::pointer(size_t i, const char* tag) const {
  return sqlite3_value_pointer(as_value(values_[i]), tag);
}

void Answer::null() {
  sqlite3_result_null(as_context(context_));
}

void Answer::integer(int64_t value) {
  sqlite3_result_int64(as_context(context_), value);
}

void Answer::real(double value) {
  sqlite3_result_double(as_context(context_), value);
}

void Answer::text(std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  sqlite3_result_text64(as_context(context_), data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Answer::blob(ByteView value) {
  const void* data = value.data() != nullptr ? static_cast<const void*>(value.data()) : "";
  sqlite3_result_blob64(as_context(context_), data, value.size(), SQLITE_TRANSIENT);
}

void Answer::value(const Value& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return integer(*whole);
  if (const auto* number = std::get_if<double>(&value)) return real(*number);
  if (const auto* words = std::get_if<std::string>(&value)) return text(*words);
  if (const auto* bytes = std::get_if<ByteBuffer>(&value)) return blob(*bytes);
  null();
}

}  // namespace oree::sql

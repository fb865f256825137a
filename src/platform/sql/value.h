// One SQL value, and the two ends of a function written in C++: what comes in and what goes out.
//
// Arguments and Answer borrow from SQLite and are valid during the call that received them only. A pointer
// travels inside SQL under a tag, which is compared by its text, and never shows as a value (SQLite's
// pointer-passing interface).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::sql {

enum class Type { null, integer, real, text, blob };

// SQLite has no NaN: a double that is none becomes NULL on its way in.
using Value = std::variant<std::monostate, int64_t, double, std::string, ByteBuffer>;

class Arguments {
 public:
  Arguments(void* const* values, int count) : values_(values), count_(count) {}
  size_t size() const { return static_cast<size_t>(count_); }
  Type type(size_t i) const;
  bool is_null(size_t i) const { return type(i) == Type::null; }
  // Converted as SQLite does: 0 for what is no number.
  int64_t integer(size_t i) const;
  double real(size_t i) const;
  std::string_view text(size_t i) const;
  ByteView blob(size_t i) const;
  Value value(size_t i) const;
  const void* pointer(size_t i, const char* tag) const;  // nullptr when there is none under this tag

 private:
  void* const* values_;  // sqlite3_value*
  int count_;
};

// Set once; a call that sets nothing answers NULL.
class Answer {
 public:
  explicit Answer(void* context) : context_(context) {}
  void null();
  void integer(int64_t value);
  void real(double value);
  void text(std::string_view value);  // copied
  void blob(ByteView value);          // copied
  void value(const Value& value);

 private:
  void* context_;  // sqlite3_context*
};

}  // namespace oree::sql

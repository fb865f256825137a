// JSON as a value: parse, look, build, print. For bodies where speed does not matter; tensors go through
// reader.h.
//
// Objects keep their order. A key written twice is kept twice and find() answers the last one, as most
// parsers do. Parsing is by simdjson behind this face; limits: depth 64, size given by the caller (memory is
// about 20 bytes per byte of text). Numbers: integers stay integers (int64, else uint64; beyond 64 bits
// `invalid`), everything else is double. NaN and infinity are refused in and printed as null. A double prints
// with a point or an exponent, so that parse(print(v)) == v for every value without NaN or infinity. Values,
// no threads.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace oree::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;

class Value {
 public:
  Value() = default;  // null
  Value(std::nullptr_t) {}
  template <std::same_as<bool> B>  // a template, so that a stray pointer does not become true
  Value(B b) : data_(b) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Value(I i) {
    if (std::in_range<int64_t>(i)) {
      data_ = static_cast<int64_t>(i);
    } else {
      data_ = static_cast<uint64_t>(i);
    }
  }
  Value(double d) : data_(d) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(std::string_view s) : data_(std::string(s)) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(Array a) : data_(std::move(a)) {}
  Value(Object o) : data_(std::move(o)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const std::string* text() const { return std::get_if<std::string>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  const Object* object() const { return std::get_if<Object>(&data_); }
  Array* array() { return std::get_if<Array>(&data_); }
  Object* object() { return std::get_if<Object>(&data_); }
  std::optional<double> number() const;    // any numeric kind
  std::optional<int64_t> integer() const;  // exact integers that fit; 3.0 is one

  // Member of an object; nullptr when absent or when this is no object.
  const Value* find(std::string_view key) const;
  // Adds or replaces; turns null into an object. Precondition: null or object.
  Value& set(std::string_view key, Value value);
  // Appends; turns null into an array. Precondition: null or array.
  Value& push(Value value);

  bool operator==(const Value&) const = default;

 private:
  friend void print_to(std::string& out, const Value& value, int indent, int level);
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> data_;
};

// `invalid` with simdjson's reason. The whole text must be one value in UTF-8.
Result<Value> parse(std::string_view text);
// Compact when indent is 0.
std::string print(const Value& value, int indent = 0);
void print_to(std::string& out, const Value& value, int indent, int level);
// Appends a quoted, escaped string; bytes that are not UTF-8 become U+FFFD, so the output always is.
void quote_to(std::string& out, std::string_view text);

}  // namespace oree::json

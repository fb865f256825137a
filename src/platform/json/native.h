// simdjson as this room uses it. Private: included by .cc files of this room only.
//
// Development checks are off in every build: they cost a third of the speed, and what they look for (a value
// read twice) is what Cursor forbids by itself.
#pragma once

#define SIMDJSON_DEVELOPMENT_CHECKS 0
#include <simdjson.h>

#include <string>
#include <variant>

#include "base/text.h"
#include "platform/json/number.h"
#include "platform/json/reader.h"

namespace oree::json {

namespace ondemand = simdjson::ondemand;

// Behind the text there is padding: so much of it is looked at.
constexpr ptrdiff_t kReadable = 8;

// What all cursors of one parse share.
struct Walk {
  static constexpr int kMaxDepth = 100;
  int depth = 0;
  std::string path;  // of the failing value, built from the inside out while the failure travels up
  Status broken;     // the text itself is no JSON: nothing more can be read

  // A failure of the text, remembered, so that a handler cannot swallow it.
  std::unexpected<Error> stop(simdjson::error_code code);
  std::unexpected<Error> stop_too_deep();
};

// Counts one level for as long as it lives.
class Level {
 public:
  explicit Level(Walk& walk) : walk_(walk) { ++walk_.depth; }
  ~Level() { --walk_.depth; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  bool too_deep() const { return walk_.depth > Walk::kMaxDepth; }

 private:
  Walk& walk_;
};

// One value at the reader's place. A scalar alone is a document of another kind to simdjson, and is read as a
// tree instead.
struct Cursor::Spot {
  Walk& walk;
  std::variant<ondemand::value*, ondemand::document*, const Value*> at;
  bool used = false;

  // Opening marks the value as read.
  Result<ondemand::array> open_array();
  Result<ondemand::object> open_object();
  std::unexpected<Error> wrong(std::string_view wanted);
  std::unexpected<Error> used_twice() const;
};

// must be a number, got "abc"
std::unexpected<Error> wrong(std::string_view wanted, std::string_view found);
std::unexpected<Error> wrong(std::string_view wanted, ondemand::value& found);

// A scalar getter: the type decides, and a wrong type leaves the value to another getter.
template <class T>
Result<T> scalar(ondemand::value& value, std::string_view wanted, bool& used) {
  T out;
  if (value.get(out)) return wrong(wanted, value);
  used = true;
  return out;
}

// Numbers are ours to read, see number.h; the token stays with simdjson, which skips it.
template <class T>
Result<T> scalar_number(ondemand::value& value, std::string_view wanted, bool& used) {
  const std::string_view token = trim(value.raw_json_token());
  T out;
  const char* const end = token.data() + token.size();
  if (take_number(token.data(), end + kReadable, out) != end) return wrong(wanted, token);
  used = true;
  return out;
}

// Whatever it is, as a Value.
Result<Value> tree(Walk& walk, ondemand::value& value);
Result<Value> tree_of_array(Walk& walk, ondemand::array array);
Result<Value> tree_of_object(Walk& walk, ondemand::object object);

}  // namespace oree::json

#include "platform/json/native.h"

namespace oree::json {
namespace {

Result<Value> tree_of_number(ondemand::value& value) {
  const std::string_view token = trim(value.raw_json_token());
  const char* const end = token.data() + token.size();
  int64_t integer;
  if (take_number(token.data(), end + kReadable, integer) == end) return Value(integer);
  uint64_t large;
  if (take_number(token.data(), end + kReadable, large) == end) return Value(large);
  double number;
  const bool is_integer = token.find_first_of(".eE") == std::string_view::npos;
  if (!is_integer && take_number(token.data(), end + kReadable, number) == end) return Value(number);
  return wrong("a number of 64 bits", token);
}

}  // namespace

Result<Value> tree_of_array(Walk& walk, ondemand::array array) {
  Array items;
  for (auto result : array) {
    ondemand::value element;
    if (const auto code = std::move(result).get(element)) return walk.stop(code);
    auto item = tree(walk, element);
    if (!item) return item;
    items.push_back(*std::move(item));
  }
  return Value(std::move(items));
}

Result<Value> tree_of_object(Walk& walk, ondemand::object object) {
  Object members;
  for (auto result : object) {
    ondemand::field field;
    if (const auto code = std::move(result).get(field)) return walk.stop(code);
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return walk.stop(code);
    ondemand::value inner = field.value();
    auto member = tree(walk, inner);
    if (!member) return member;
    members.emplace_back(key, *std::move(member));
  }
  return Value(std::move(members));
}

Result<Value> tree(Walk& walk, ondemand::value& value) {
  const Level level(walk);
  if (level.too_deep()) return walk.stop_too_deep();
  ondemand::json_type type;
  if (const auto code = value.type().get(type)) return walk.stop(code);
  bool used = false;
  switch (type) {
    case ondemand::json_type::array: {
      ondemand::array array;
      if (const auto code = value.get_array().get(array)) return walk.stop(code);
      return tree_of_array(walk, array);
    }
    case ondemand::json_type::object: {
      ondemand::object object;
      if (const auto code = value.get_object().get(object)) return walk.stop(code);
      return tree_of_object(walk, object);
    }
    case ondemand::json_type::string: {
      auto text = scalar<std::string_view>(value, "a string", used);
      if (!text) return forward(text);
      return Value(*text);
    }
    case ondemand::json_type::boolean: {
      auto boolean = scalar<bool>(value, "true or false", used);
      if (!boolean) return forward(boolean);
      return Value(*boolean);
    }
    case ondemand::json_type::number:
      return tree_of_number(value);
    default:
      break;
  }
  bool null = false;
  if (value.is_null().get(null) || !null) return wrong("a value", value);
  return Value();
}

}  // namespace oree::json

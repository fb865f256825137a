#include "platform/json/native.h"

namespace oree::json {
namespace {

// "inputs[0].data" grows from its end.
void prepend_key(std::string& path, std::string_view key) {
  constexpr size_t kShown = 64;
  const bool dot = !path.empty() && path.front() != '[';
  path = cat(key.substr(0, kShown), dot ? "." : "", path);
}

void prepend_index(std::string& path, size_t index) {
  const bool dot = !path.empty() && path.front() != '[';
  path = cat("[", index, "]", dot ? "." : "", path);
}

}  // namespace

Status Cursor::object(const MemberHandler& each) {
  auto object = spot_.open_object();
  if (!object) return forward(object);
  Walk& walk = spot_.walk;
  const Level level(walk);
  if (level.too_deep()) return walk.stop_too_deep();
  for (auto result : *object) {
    ondemand::field field;
    if (const auto code = std::move(result).get(field)) return walk.stop(code);
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return walk.stop(code);
    ondemand::value value = field.value();
    Spot spot{walk, &value};
    Cursor cursor(spot);
    const Status status = each(key, cursor);
    if (!status || !walk.broken) {
      prepend_key(walk.path, key);
      return walk.broken ? status : walk.broken;
    }
    walk.path.clear();
  }
  return {};
}

Status Cursor::array(const ElementHandler& each) {
  auto array = spot_.open_array();
  if (!array) return forward(array);
  Walk& walk = spot_.walk;
  const Level level(walk);
  if (level.too_deep()) return walk.stop_too_deep();
  size_t index = 0;
  for (auto result : *array) {
    ondemand::value value;
    if (const auto code = std::move(result).get(value)) return walk.stop(code);
    Spot spot{walk, &value};
    Cursor cursor(spot);
    const Status status = each(cursor);
    if (!status || !walk.broken) {
      prepend_index(walk.path, index);
      return walk.broken ? status : walk.broken;
    }
    walk.path.clear();
    ++index;
  }
  return {};
}

Result<std::string_view> Cursor::text() {
  constexpr std::string_view kWanted = "a string";
  if (!spot_.walk.broken) return forward(spot_.walk.broken);
  if (spot_.used) return spot_.used_twice();
  if (auto* value = std::get_if<ondemand::value*>(&spot_.at)) {
    std::string_view out;
    const auto code = (*value)->get_string().get(out);
    if (code == simdjson::INCORRECT_TYPE) return wrong(kWanted, **value);
    if (code) return spot_.walk.stop(code);
    spot_.used = true;
    return out;
  }
  auto* leaf = std::get_if<const Value*>(&spot_.at);
  if (leaf && (*leaf)->text()) return std::string_view(*(*leaf)->text());
  return spot_.wrong(kWanted);
}

Result<int64_t> Cursor::integer() {
  constexpr std::string_view kWanted = "an integer of 64 bits";
  if (!spot_.walk.broken) return forward(spot_.walk.broken);
  if (spot_.used) return spot_.used_twice();
  if (auto* value = std::get_if<ondemand::value*>(&spot_.at)) {
    return scalar_number<int64_t>(**value, kWanted, spot_.used);
  }
  auto* leaf = std::get_if<const Value*>(&spot_.at);
  if (leaf && (*leaf)->integer()) return *(*leaf)->integer();
  return spot_.wrong(kWanted);
}

Result<double> Cursor::number() {
  constexpr std::string_view kWanted = "a number";
  if (!spot_.walk.broken) return forward(spot_.walk.broken);
  if (spot_.used) return spot_.used_twice();
  if (auto* value = std::get_if<ondemand::value*>(&spot_.at)) {
    return scalar_number<double>(**value, kWanted, spot_.used);
  }
  auto* leaf = std::get_if<const Value*>(&spot_.at);
  if (leaf && (*leaf)->number()) return *(*leaf)->number();
  return spot_.wrong(kWanted);
}

Result<bool> Cursor::boolean() {
  constexpr std::string_view kWanted = "true or false";
  if (!spot_.walk.broken) return forward(spot_.walk.broken);
  if (spot_.used) return spot_.used_twice();
  if (auto* value = std::get_if<ondemand::value*>(&spot_.at)) {
    return scalar<bool>(**value, kWanted, spot_.used);
  }
  auto* leaf = std::get_if<const Value*>(&spot_.at);
  if (leaf && (*leaf)->boolean()) return *(*leaf)->boolean();
  return spot_.wrong(kWanted);
}

bool Cursor::is_null() {
  if (!spot_.walk.broken || spot_.used) return false;
  if (auto* value = std::get_if<ondemand::value*>(&spot_.at)) {
    bool null = false;
    spot_.used = !(*value)->is_null().get(null) && null;
    return spot_.used;
  }
  auto* leaf = std::get_if<const Value*>(&spot_.at);
  return leaf && (*leaf)->is_null();
}

Result<Value> Cursor::value() {
  if (!spot_.walk.broken) return forward(spot_.walk.broken);
  if (spot_.used) return spot_.used_twice();
  if (auto* value = std::get_if<ondemand::value*>(&spot_.at)) {
    spot_.used = true;
    return tree(spot_.walk, **value);
  }
  if (auto* leaf = std::get_if<const Value*>(&spot_.at)) return **leaf;
  const Level level(spot_.walk);
  ondemand::json_type type;
  if (const auto code = std::get<ondemand::document*>(spot_.at)->type().get(type))
    return spot_.walk.stop(code);
  if (type == ondemand::json_type::array) {
    auto array = spot_.open_array();
    if (!array) return forward(array);
    return tree_of_array(spot_.walk, *array);
  }
  auto object = spot_.open_object();
  if (!object) return forward(object);
  return tree_of_object(spot_.walk, *object);
}

}  // namespace oree::json

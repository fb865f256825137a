// Reading the fields of a JSON object one by one, with errors that name them. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "platform/json/value.h"

namespace oree::tuf {

inline std::unexpected<Error> bad_field(std::string_view name, std::string_view wanted) {
  return fail(ErrorKind::invalid, cat("'", name.substr(0, 120), "' must be ", wanted));
}

inline Result<const json::Object*> object_of(const json::Value* value, std::string_view name) {
  if (value == nullptr || value->object() == nullptr) return bad_field(name, "an object");
  return value->object();
}

inline Result<const json::Array*> array_of(const json::Value* value, std::string_view name) {
  if (value == nullptr || value->array() == nullptr) return bad_field(name, "an array");
  return value->array();
}

inline Result<std::string> text_of(const json::Value* value, std::string_view name) {
  if (value == nullptr || value->text() == nullptr) return bad_field(name, "a string");
  return *value->text();
}

inline Result<int64_t> number_of(const json::Value* value, std::string_view name, int64_t least) {
  const auto number = value == nullptr ? std::nullopt : value->integer();
  if (!number || *number < least) return bad_field(name, cat("a whole number from ", least));
  return *number;
}

inline Result<std::vector<std::string>> texts_of(const json::Value* value, std::string_view name) {
  const auto array = array_of(value, name);
  if (!array) return forward(array);
  std::vector<std::string> out;
  out.reserve((*array)->size());
  for (const auto& item : **array) {
    auto text = text_of(&item, name);
    if (!text) return forward(text);
    out.push_back(std::move(*text));
  }
  return out;
}

}  // namespace oree::tuf

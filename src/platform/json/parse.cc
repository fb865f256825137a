// Text to Value, through simdjson's tree: it checks everything before the first Value is built.
#include <simdjson.h>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::json {
namespace {

// simdjson counts the document itself as a level, and an empty array as none.
constexpr size_t kMaxDepth = 64 + 1;

namespace dom = simdjson::dom;

Value build(const dom::element& element);

Value build_array(const dom::array& array) {
  Array items;
  items.reserve(array.size());  // saturates at 2^24 - 1
  for (const dom::element item : array) items.push_back(build(item));
  return items;
}

Value build_object(const dom::object& object) {
  Object members;
  members.reserve(object.size());
  for (const auto& [key, value] : object) members.emplace_back(key, build(value));
  return members;
}

// The getters cannot fail: the type was asked first.
Value build(const dom::element& element) {
  switch (element.type()) {
    case dom::element_type::ARRAY:
      return build_array(element.get_array().value_unsafe());
    case dom::element_type::OBJECT:
      return build_object(element.get_object().value_unsafe());
    case dom::element_type::INT64:
      return element.get_int64().value_unsafe();
    case dom::element_type::UINT64:
      return element.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE:
      return element.get_double().value_unsafe();
    case dom::element_type::STRING:
      return element.get_string().value_unsafe();
    case dom::element_type::BOOL:
      return element.get_bool().value_unsafe();
    default:
      return {};
  }
}

}  // namespace

Result<Value> parse(std::string_view text) {
  // A view of nothing may have no address, and the parser would copy from there.
  if (text.empty()) {
    return fail(ErrorKind::invalid, cat("not valid JSON: ", simdjson::error_message(simdjson::EMPTY)));
  }
  dom::parser parser;
  if (const auto code = parser.allocate(text.size(), kMaxDepth)) {
    return fail(ErrorKind::invalid, cat("JSON of ", text.size(), " bytes: ", simdjson::error_message(code)));
  }
  dom::element root;
  const auto code = parser.parse(text.data(), text.size()).get(root);
  if (code == simdjson::DEPTH_ERROR) return fail(ErrorKind::invalid, "JSON nested deeper than 64");
  if (code) return fail(ErrorKind::invalid, cat("not valid JSON: ", simdjson::error_message(code)));
  return build(root);
}

}  // namespace oree::json

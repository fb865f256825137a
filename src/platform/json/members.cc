#include "platform/json/members.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace oree::json {
namespace {

std::unexpected<Error> wrong(std::string_view key, std::string_view rule, const Value& got) {
  return fail(ErrorKind::invalid, cat("'", key, "' must be ", rule, ", got ", print(got).substr(0, 60)));
}

}  // namespace

Status check_members(const Value& object, std::initializer_list<std::string_view> members) {
  for (const auto& [key, value] : *object.object()) {
    if (std::ranges::find(members, key) != members.end()) continue;
    return fail(ErrorKind::invalid,
                cat("unknown member '", key.substr(0, 60), "'; there are ",
                    join(std::vector<std::string>(members.begin(), members.end()), ", ")));
  }
  return {};
}

Result<Value> parse_object(std::string_view text, std::initializer_list<std::string_view> members) {
  auto object = parse(text.empty() ? "{}" : text);
  if (!object) return forward(object, "the body");
  if (object->object() == nullptr) return fail(ErrorKind::invalid, "the body must be a JSON object");
  if (auto known = check_members(*object, members); !known) return forward(known);
  return object;
}

Result<std::string> text_member(const Value& object, std::string_view key, std::string fallback) {
  const auto* value = object.find(key);
  if (value == nullptr) return fallback;
  if (value->text() == nullptr) return wrong(key, "a text in quotes", *value);
  return *value->text();
}

Result<int64_t> whole_member(const Value& object, std::string_view key, int64_t fallback, int64_t least,
                             int64_t most) {
  const auto* value = object.find(key);
  if (value == nullptr) return fallback;
  const auto number = value->integer();
  if (number && *number >= least && *number <= most) return *number;
  return wrong(key, cat("a whole number from ", least, " to ", most), *value);
}

Result<double> number_member(const Value& object, std::string_view key, double fallback, double least,
                             double most) {
  const auto* value = object.find(key);
  if (value == nullptr) return fallback;
  const auto number = value->number();
  if (number && *number >= least && *number <= most) return *number;
  return wrong(key, cat("a number from ", least, " to ", most), *value);
}

}  // namespace oree::json

// Objects that people write: known members only, so that a misspelt 'plan' is not taken for none. Pure;
// errors are `invalid` and name the member.
//
//   const auto body = parse_object(text, {"note", "uses"});
//   const auto uses = whole_member(*body, "uses", 1, 1, 100);
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/json/value.h"

namespace oree::json {

// A JSON object that has none but these members; an empty text has none.
Result<Value> parse_object(std::string_view text, std::initializer_list<std::string_view> members);
Status check_members(const Value& object, std::initializer_list<std::string_view> members);

// A text, or `fallback` where there is none.
Result<std::string> text_member(const Value& object, std::string_view key, std::string fallback = "");
// A whole number within the limits, or `fallback`.
Result<int64_t> whole_member(const Value& object, std::string_view key, int64_t fallback, int64_t least,
                             int64_t most);
Result<double> number_member(const Value& object, std::string_view key, double fallback, double least,
                             double most);

}  // namespace oree::json

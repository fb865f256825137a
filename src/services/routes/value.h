// The values of the route language: undefined, null, true and false, numbers, text. Three-valued logic
// (Kleene): whatever is missing or of the wrong type is undefined, and undefined is neither true nor false.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace oree::routes {

struct Undefined {
  bool operator==(const Undefined&) const = default;
};
struct Null {
  bool operator==(const Null&) const = default;
};
using Value = std::variant<Undefined, Null, bool, double, std::string>;

inline bool is_undefined(const Value& value) {
  return std::holds_alternative<Undefined>(value);
}

// Text as UTF-16, which is what lengths, indexes and the order of texts are counted in. Bytes that are no
// UTF-8 become U+FFFD; half a pair cut off by substring() becomes U+FFFD on the way back.
std::u16string to_utf16(std::string_view utf8);
std::string to_utf8(std::u16string_view text);
int compare_ordinal(std::string_view a, std::string_view b);  // <0, 0, >0 by UTF-16 units

// A whole text as a number: blanks around it, sign, digits, point, exponent.
std::optional<double> number_of(std::string_view text);

}  // namespace oree::routes

#include "services/erp/double/address.h"

#include <algorithm>

#include "base/text.h"

namespace oree::erp {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// 'O''Hara' → O'Hara
std::optional<std::string> unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'' && (++i == text.size() || text[i] != '\'')) return std::nullopt;
    out += text[i];
  }
  return out;
}

}  // namespace

std::optional<Address> parse_address(std::string_view path) {
  const size_t open = path.find('(');
  Address address;
  address.set = path.substr(0, open);
  if (!is_name(address.set)) return std::nullopt;
  if (open == std::string_view::npos) return address;
  if (!path.ends_with(')')) return std::nullopt;
  const std::string_view inside = path.substr(open + 1, path.size() - open - 2);
  const size_t equals = inside.find('=');
  if (equals == std::string_view::npos) {
    address.id = inside;
    return inside.empty() ? std::nullopt : std::optional(address);
  }
  const auto value = unquote(inside.substr(equals + 1));
  address.key = inside.substr(0, equals);
  if (!value || !is_name(address.key)) return std::nullopt;
  address.value = *value;
  return address;
}

std::optional<Condition> parse_filter(std::string_view text) {
  const size_t at = text.find(" eq ");
  if (at == std::string_view::npos || !is_name(text.substr(0, at))) return std::nullopt;
  const std::string_view value = text.substr(at + 4);
  Condition filter{std::string(text.substr(0, at)), std::string(value)};
  if (const auto inside = unquote(value)) {
    filter.value = *inside;
    filter.quoted = true;
    return filter;
  }
  return parse_number<int64_t>(value) ? std::optional(filter) : std::nullopt;
}

bool has_forbidden_character(std::string_view key_value) {
  return key_value.find_first_of("/<>*%&:\\?+") != std::string_view::npos;
}

}  // namespace oree::erp

#include "core/access/role.h"

#include <algorithm>
#include <array>

#include "platform/crypto/crypto.h"

namespace oree::access {
namespace {

struct Row {
  Role role;
  std::string_view name;
};
constexpr std::array<Row, 4> kRoles{{{Role::nobody, "nobody"},
                                     {Role::operator_, "operator"},
                                     {Role::engineer, "engineer"},
                                     {Role::admin, "admin"}}};

}  // namespace

std::string_view role_name(Role role) {
  for (const auto& row : kRoles)
    if (row.role == role) return row.name;
  return "";
}

std::optional<Role> parse_role(std::string_view name) {
  for (const auto& row : kRoles)
    if (row.name == name && row.role != Role::nobody) return row.role;
  return std::nullopt;
}

std::string new_token() {
  std::array<std::byte, 32> random;
  crypto::random_bytes(random);
  std::string text = crypto::base64(random);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.resize(43);
  return text;
}

std::string token_digest(std::string_view token) {
  return crypto::sha256(as_bytes(token)).hex();
}

}  // namespace oree::access

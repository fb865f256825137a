// What a person may do, and the tokens that persons show. Only digests of tokens are kept. Pure but for the
// randomness.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oree::access {

// Each may do what those before it may.
enum class Role { nobody, operator_, engineer, admin };
std::string_view role_name(Role role);
std::optional<Role> parse_role(std::string_view name);  // none for "nobody"

struct Person {
  std::string name;
  Role role = Role::nobody;
  bool operator==(const Person&) const = default;
};

std::string new_token();                           // 43 letters of base64url: 256 bits but two
std::string token_digest(std::string_view token);  // 64 hex digits

}  // namespace oree::access

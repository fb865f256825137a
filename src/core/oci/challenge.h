// What a registry answers to somebody it does not know: WWW-Authenticate (RFC 9110 §11.6.1), and the token
// that a Bearer challenge leads to (the distribution project's token specification). Values, pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oree::oci {

struct Credentials {
  std::string user, password;  // user "" = nobody in particular
};
// "user:password", one line.
Result<Credentials> parse_credentials(std::string_view text);
std::string basic(const Credentials& credentials);  // "Basic …"

struct Challenge {
  bool bearer = false;  // else basic
  std::string realm, service, scope;
};
// The first challenge that is understood; nullopt when none is.
std::optional<Challenge> parse_challenge(std::string_view header);

// Where to ask for the token: the realm with its questions, escaped. `denied` when the realm would carry the
// password in the clear to another box than the registry's `host`.
Result<std::string> token_address(const Challenge& challenge, std::string_view host, bool has_password);
// "token" or "access_token" of the answer.
Result<std::string> parse_token(std::string_view body);

}  // namespace oree::oci

// Whether who asks may: a person with a token, or, where nobody is named yet, whoever sits at this very
// machine. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "core/access/role.h"
#include "platform/http/message.h"

namespace oree::access {

struct Denial {
  int status = 401;  // 401: nobody known asks; 403: somebody whose role is too small
  std::string what;
};

// From this machine, and not through a proxy or another page's script.
bool is_local(const http::Request& request);
// False when a form or a script of another page may have sent it: a browser that shows a cookie must not be
// believed then.
bool is_from_own_page(const http::Request& request);
// `known`: whose token came with the request. `how_to_name`: the command that names the first person.
std::expected<Person, Denial> check(const http::Request& request, const std::optional<Person>& known,
                                    bool any_people, Role least, std::string_view how_to_name);

}  // namespace oree::access

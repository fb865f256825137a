// Who asks: a person with a token, or, where nobody is named yet, whoever sits at this very machine. Pure.
#pragma once

#include "nodes/hub/door/refusal.h"
#include "nodes/hub/store/people.h"

namespace oree::hub {

// From this machine, and not through a proxy or another page's script.
bool is_local(const http::Request& request);
// `known`: whose token came with the request. 401 without one, 403 for a role that is too small.
Outcome<Person> check_access(const http::Request& request, const std::optional<Person>& known,
                             bool any_people, Role least);

}  // namespace oree::hub

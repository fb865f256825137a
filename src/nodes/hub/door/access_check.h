// Who asks: core/access's check, in this hub's words. Pure.
#pragma once

#include "core/access/check.h"
#include "nodes/hub/door/refusal.h"
#include "nodes/hub/store/people.h"

namespace oree::hub {

using access::is_local;
// `known`: whose token came with the request. 401 without one, 403 for a role that is too small.
Outcome<Person> check_access(const http::Request& request, const std::optional<Person>& known,
                             bool any_people, Role least);

}  // namespace oree::hub

// Who may decide as a person over HTTP. Pure.
#pragma once

#include <string>

#include "nodes/authority/settings.h"
#include "platform/http/message.h"

namespace oree::authority {

// The name that is signed: of whose token comes with the request ("Authorization: Bearer …"), or, where the
// settings name nobody, `by` as long as the request comes from this very machine. `denied` otherwise, and for
// a request that some other page made a browser send.
Result<std::string> person_of(const http::Request& request, const Settings& settings, const std::string& by);

}  // namespace oree::authority

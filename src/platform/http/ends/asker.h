// Who asks, as far as a request itself tells: from where, in whose page, with which token.
#pragma once

#include <string_view>

#include "platform/http/message.h"

namespace oree::http {

// `address` is a peer ("127.0.0.1:5000", "[::1]:5000") or a bare address.
bool is_loopback(std::string_view address);

// From this machine: not through a proxy, whose address says nothing about who is behind it, and under a name
// that no other page's script can have made point here.
bool is_this_machine(const Request& request);

// False when a browser names another page as the one that asks. Programs name none.
bool is_own_origin(const Request& request);

// Of "Authorization: Bearer …"; "" when there is none.
std::string_view bearer_of(const Request& request);

}  // namespace oree::http

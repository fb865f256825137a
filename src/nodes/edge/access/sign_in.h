// Signing in with a browser: a page that asks for a token, and the cookie that carries it from there on.
#pragma once

#include "core/access/people_file.h"
#include "platform/http/router.h"

namespace oree::edge {

// What the browser brought; "" without.
std::string cookie_token(const http::Request& request);
// The page that asks, for whoever wanted this page; 401.
http::Response sign_in_page(const http::Request& request, bool refused);
void mount_sign_in(http::Router& router, access::PeopleFile& people, bool over_tls);

}  // namespace oree::edge

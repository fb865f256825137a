#include "nodes/server/own_page.h"

#include "base/text.h"

namespace oree::server {

namespace {

bool is_from_own_page(const http::Request& request) {
  const std::string_view origin = request.header("Origin"), host = request.header("Host");
  return origin.empty() || origin == cat("http://", host) || origin == cat("https://", host);
}

}  // namespace

http::Router for_own_pages(const http::Router& router) {
  http::Router guarded;
  for (http::Route route : router.routes()) {
    if (route.method == "POST" && !route.inline_when) {
      route.handler = [handler = std::move(route.handler)](const http::Request& request) {
        if (is_from_own_page(request)) return handler(request);
        return http::json(403, R"({"error":"pages of other origins may not ask this of the server"})");
      };
    }
    guarded.add(std::move(route));
  }
  return guarded;
}

}  // namespace oree::server

#include "nodes/server/own_page.h"

#include "platform/http/ends/asker.h"

namespace oree::server {

http::Router for_own_pages(const http::Router& router) {
  http::Router guarded;
  for (http::Route route : router.routes()) {
    if (route.method == "POST" && !route.inline_when) {
      route.handler = [handler = std::move(route.handler)](const http::Request& request) {
        if (http::is_own_origin(request)) return handler(request);
        return http::json(403, R"({"error":"pages of other origins may not ask this of the server"})");
      };
    }
    guarded.add(std::move(route));
  }
  return guarded;
}

}  // namespace oree::server

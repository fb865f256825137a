#include "app/fleet/pages.h"

#include "nodes/edge/api/embedded.h"

namespace oree::app {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";

http::Response embedded(std::string_view path) {
  for (const auto& file : edge::embedded_files()) {
    if (file.path != path) continue;
    http::Response response;
    response.with("Content-Type", file.media_type);
    response.with("Cache-Control", "no-cache");
    response.with("Content-Security-Policy", kPolicy);
    response.with("X-Content-Type-Options", "nosniff");
    response.borrowed = file.bytes;
    return response;
  }
  return http::json(404, R"({"error":"there is no such page"})");
}

}  // namespace

void mount_hub_pages(http::Router& router) {
  const auto asset = [](const http::Request& request) { return embedded(request.path.substr(1)); };
  router.add({"GET", "/assets/{rest...}", "", "Scripts and styles.", asset, true});
  router.add({"GET", "/fleet/{rest...}", "pages", "The hub's pages.",
              [](const http::Request& request) {
                const bool index = request.capture("rest").empty();
                return embedded(index ? std::string_view("fleet/index.html")
                                      : std::string_view(request.path).substr(1));
              },
              true});
  router.add({"GET", "/", "", "To the pages.",
              [](const http::Request&) {
                http::Response response;
                response.status = 302;
                response.with("Location", "/fleet/");
                return response;
              },
              true});
}

}  // namespace oree::app

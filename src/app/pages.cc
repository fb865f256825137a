#include "app/pages.h"

#include "base/text.h"
#include "nodes/edge/api/embedded.h"

namespace oree::app {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors "
    "'none'";

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

http::Response lead_to(const std::string& folder) {
  http::Response response;
  response.status = 302;
  response.with("Location", cat("/", folder, "/"));
  return response;
}

}  // namespace

void mount_pages(http::Router& router, const std::string& folder, std::function<http::Response()> greeting) {
  const auto asset = [](const http::Request& request) { return embedded(request.path.substr(1)); };
  router.add({"GET", "/assets/{rest...}", "", "Scripts and styles.", asset, true});
  router.add({"GET", cat("/", folder, "/{rest...}"), "pages", "The pages.",
              [index = cat(folder, "/index.html")](const http::Request& request) {
                const bool first = request.capture("rest").empty();
                return embedded(first ? std::string_view(index) : std::string_view(request.path).substr(1));
              },
              true});
  router.add({"GET", "/", "", "To the pages.",
              [folder, greeting = std::move(greeting)](const http::Request& request) {
                const bool person = request.header("Accept").find("text/html") != std::string_view::npos;
                return person || !greeting ? lead_to(folder) : greeting();
              },
              true});
}

}  // namespace oree::app

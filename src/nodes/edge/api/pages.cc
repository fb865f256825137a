// The pages, embedded in the program: /assets/… as files, index.html for every address a browser asks for.
// The technician's app is a page of its own below /technician/, which is also as far as its service worker
// reaches.
#include "nodes/edge/api/embedded.h"
#include "nodes/edge/station/parts.h"
#include "services/serving/dialects/custom_vision.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;

// Everything from this origin; pictures may be blobs the page made itself.
constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; frame-ancestors "
    "'none'";

const EmbeddedFile* find_file(std::string_view path) {
  for (const auto& file : embedded_files()) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

Response serve(const Request& request, const EmbeddedFile& file) {
  Response response;
  response.with("ETag", file.etag);
  response.with("Cache-Control", "no-cache");
  if (request.header("If-None-Match") == file.etag) {
    response.status = 304;
    return response;
  }
  response.with("Content-Type", file.media_type);
  response.with("Content-Security-Policy", kPolicy);
  response.with("X-Content-Type-Options", "nosniff");
  response.borrowed = file.bytes;
  return response;
}

Response asset(const Request& request) {
  const auto* file = find_file(request.path.substr(1));
  return file != nullptr ? serve(request, *file) : http::json(404, R"({"error":"Not Found"})");
}

// A browser gets the page, which finds its own way by the address; anybody else an error.
Response page(const Request& request) {
  const bool browser = request.header("Accept").find("text/html") != std::string_view::npos;
  const auto* named = find_file(request.path.substr(1));
  if (named != nullptr) return serve(request, *named);
  const auto* index = find_file("index.html");
  if (!browser || index == nullptr) return http::json(404, R"({"error":"Not Found"})");
  return serve(request, *index);
}

// Nothing below is a page of the station: a file that is not there must not look like one to a service
// worker.
Response technician(const Request& request) {
  const auto* file =
      find_file(request.capture("rest").empty() ? "technician/index.html" : request.path.substr(1));
  return file != nullptr ? serve(request, *file) : http::json(404, R"({"error":"Not Found"})");
}

// Relative addresses, and the service worker's scope, need the slash.
Response to_technician(const Request&) {
  Response response;
  response.status = 308;
  response.with("Location", "/technician/");
  return response;
}

Response root(const Request& request) {
  if (request.header("Accept").find("text/html") != std::string_view::npos) return page(request);
  return serving::custom_vision_greeting();
}

}  // namespace

void mount_pages(http::Router& router, Parts&) {
  router.add({"GET", "/", "pages", "The pages for a browser; Custom Vision's greeting for anybody else.",
              root, true});
  router.add({"GET", "/assets/{rest...}", "", "Scripts, styles and pictures of the pages.", asset, true});
  router.add({"GET", "/technician", "", "The technician's app.", to_technician, true});
  router.add(
      {"GET", "/technician/{rest...}", "pages", "The technician's app, for phones.", technician, true});
  router.add({"GET", "/{rest...}", "", "The pages.", page, true});
}

}  // namespace oree::edge

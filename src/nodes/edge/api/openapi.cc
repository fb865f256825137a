// /openapi.json, made of the router's own table, so that it cannot lie about what is served.
#include <map>

#include "base/text.h"
#include "nodes/edge/station/parts.h"
#include "nodes/edge/station/version.h"

namespace oree::edge {
namespace {

using json::Array;
using json::Object;
using json::Value;

// The {names} of a pattern; "{rest...}" is a path that may hold slashes.
Array path_parameters(std::string_view pattern) {
  Array out;
  for (const auto segment : split(pattern, '/')) {
    if (!segment.starts_with('{')) continue;
    std::string name(segment.substr(1, segment.size() - 2));
    if (name.ends_with("...")) name.resize(name.size() - 3);
    out.push_back(
        Object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", Object{{"type", "string"}}}});
  }
  return out;
}

void add_query_parameters(Array& parameters, const http::Route& route) {
  for (const auto& [name, summary] : route.query) {
    parameters.push_back(Object{
        {"name", name}, {"in", "query"}, {"description", summary}, {"schema", Object{{"type", "string"}}}});
  }
}

Value operation(const http::Route& route) {
  Object out{{"summary", route.summary}, {"tags", Array{route.tag}}};
  auto parameters = path_parameters(route.pattern);
  add_query_parameters(parameters, route);
  if (!parameters.empty()) out.emplace_back("parameters", std::move(parameters));
  if (route.method == "POST") {
    out.emplace_back("requestBody", Object{{"content", Object{{"*/*", Object{{"schema", Object{}}}}}}});
  }
  out.emplace_back("responses", Object{{"200", Object{{"description", "as the summary says"}}},
                                       {"default", Object{{"description", "an error, with its reason"}}}});
  return out;
}

std::string openapi_path(std::string_view pattern) {
  std::string path(pattern);
  const size_t dots = path.find("...}");
  if (dots != std::string::npos) path.erase(dots, 3);
  return path;
}

std::string document(const http::Router& router) {
  std::map<std::string, Object> paths;
  for (const auto& route : router.routes()) {
    if (route.tag.empty()) continue;
    paths[openapi_path(route.pattern)].emplace_back(lower(route.method), operation(route));
  }
  Object listed;
  for (auto& [path, operations] : paths) listed.emplace_back(path, std::move(operations));
  return json::print(Object{{"openapi", "3.1.0"},
                            {"info", Object{{"title", "Orée station"}, {"version", kVersion}}},
                            {"paths", std::move(listed)}});
}

}  // namespace

void mount_openapi(http::Router& router) {
  auto text = std::make_shared<std::string>();
  router.add({"GET", "/openapi.json", "station", "This description.",
              [text](const http::Request&) { return http::json(200, *text); }});
  *text = document(router);  // after everything else is mounted
}

}  // namespace oree::edge

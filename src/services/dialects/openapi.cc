#include "services/dialects/openapi.h"

#include <map>
#include <memory>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::dialects {
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

}  // namespace

std::string openapi_document(const http::Router& router, std::string_view title, std::string_view version) {
  std::map<std::string, Object> paths;
  for (const auto& route : router.routes()) {
    if (route.tag.empty()) continue;
    paths[openapi_path(route.pattern)].emplace_back(lower(route.method), operation(route));
  }
  Object listed;
  for (auto& [path, operations] : paths) listed.emplace_back(path, std::move(operations));
  return json::print(Object{{"openapi", "3.1.0"},
                            {"info", Object{{"title", title}, {"version", version}}},
                            {"paths", std::move(listed)}});
}

void mount_openapi(http::Router& router, std::string_view tag, std::string_view title,
                   std::string_view version) {
  auto text = std::make_shared<std::string>();
  router.add({"GET", "/openapi.json", std::string(tag), "This description.",
              [text](const http::Request&) { return http::json(200, *text); }});
  *text = openapi_document(router, title, version);
}

}  // namespace oree::dialects

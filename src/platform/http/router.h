// Routes as a table: method, pattern, what it is for, who answers. The table is also what /openapi.json is
// made of.
//
// Patterns: "/api/v1/items/{id}/binaries/{camera}"; a {name} takes one non-empty path segment; "{rest...}" at
// the end takes all that is left, slashes included. Fixed segments win over {name}. Built once, then
// read-only and thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/http/message.h"

namespace oree::http {

using Handler = std::function<Response(const Request&)>;

struct Route {
  std::string method;  // "GET"
  std::string pattern;
  std::string tag;      // the dialect: "station", "oip-v2", …
  std::string summary;  // one sentence, for people
  Handler handler;
  bool inline_handler = false;  // quick enough for the I/O thread: no disk, no model, no lock held long
};

class Router {
 public:
  // A second route for the same method and pattern shape is a bug and aborts with both summaries.
  void add(Route route);
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;  // nullptr: none
    bool path_known = false;       // some other method is served there → 405
    std::vector<std::pair<std::string, std::string>> captures;
    std::vector<std::string> allowed;  // methods, for the Allow header
  };
  Match match(std::string_view method, std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace oree::http

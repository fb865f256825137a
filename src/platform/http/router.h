// Routes as a table: method, pattern, what it is for, who answers. The table is also what /openapi.json is
// made of.
//
// Patterns: "/api/v1/items/{id}/binaries/{camera}"; a {name} takes one non-empty path segment; "{rest...}" at
// the end takes all that is left, slashes included, and may be empty ("/{rest...}" serves "/" too). Fixed
// segments win over {name}, {name} over {rest...}. A fixed segment without the method does not hide a {name}
// that has it; but {rest...} is a fallback for unknown paths only, so a path that some narrower pattern
// serves with another method is a 405. Built once, then read-only and thread-safe. Copies share nothing.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/http/message.h"

namespace oree::http {

using Handler = std::function<Response(const Request&)>;

// What may follow the "?", for the description only: handlers read their parameters themselves.
struct QueryParameter {
  std::string name;
  std::string summary;
};

struct Route {
  std::string method;  // "GET"
  std::string pattern;
  std::string tag;      // the dialect: "station", "oip-v2", …
  std::string summary;  // one sentence, for people
  Handler handler;
  bool inline_handler = false;  // quick enough for the I/O thread: no disk, no model, no lock held long
  std::vector<QueryParameter> query = {};
  // Asked on the I/O thread, for each request: true = as if inline. For handlers that are quick only
  // sometimes.
  std::function<bool(const Request&)> inline_when = {};
};

class Router {
 public:
  // A second route for the same method and pattern shape is a bug and aborts with both summaries; so does a
  // pattern that is none.
  void add(Route route);
  const std::vector<Route>& routes() const { return routes_; }

  struct Match {
    const Route* route = nullptr;  // nullptr: none
    bool path_known = false;       // some other method is served there → 405
    Captures captures;
    std::vector<std::string> allowed;  // methods, for the Allow header; filled when there is no route
  };
  // Points into this router: valid until the next add().
  // The memory of `spare` goes into the match's captures.
  Match match(std::string_view method, std::string_view path, Captures spare = {}) const;

 private:
  // One segment of the patterns' tree.
  struct Node {
    std::map<std::string, size_t, std::less<>> fixed;  // → nodes_
    size_t any = 0;                                    // {name} → nodes_; 0: none
    std::map<std::string, size_t, std::less<>> here;   // method → routes_, pattern ends at this node
    std::map<std::string, size_t, std::less<>> rest;   // method → routes_, {rest...} follows this node
  };
  class Taken;
  struct Search;

  size_t child(size_t node, std::string_view segment);
  void find(Search& search, size_t node, std::string_view left) const;

  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> names_;  // per route, of its {names} in order
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

}  // namespace oree::http

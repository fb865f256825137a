#include "platform/http/router.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace oree::http {
namespace {

constexpr size_t kMaxCaptures = 8;

[[noreturn]] void abort_with(const std::string& sentence) {
  std::fprintf(stderr, "%s\n", sentence.c_str());
  std::abort();
}

bool is_capture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool is_rest(std::string_view segment) {
  return is_capture(segment) && segment.size() > 5 && segment.ends_with("...}");
}

}  // namespace

// What captures took; no pattern has more of them.
class Router::Taken {
 public:
  void push_back(std::string_view segment) { segments_[count_++] = segment; }
  void pop_back() { --count_; }
  std::string_view operator[](size_t i) const { return segments_[i]; }

 private:
  std::array<std::string_view, kMaxCaptures> segments_;
  size_t count_ = 0;
};

// One walk down the tree. `left` is the path that no segment has taken yet; `taken` what captures took.
struct Router::Search {
  std::string_view method;
  Taken taken;
  std::optional<size_t> route;
  Taken route_taken;
  std::vector<std::string> allowed;

  void offer(const std::map<std::string, size_t, std::less<>>& methods, std::string_view rest, bool is_rest) {
    if (route || methods.empty()) return;
    const auto found = methods.find(method);
    if (found == methods.end()) {
      for (const auto& entry : methods) allowed.push_back(entry.first);
      return;
    }
    route = found->second;
    route_taken = taken;
    if (is_rest) route_taken.push_back(rest);
  }
};

size_t Router::child(size_t node, std::string_view segment) {
  size_t next = nodes_.size();
  if (is_capture(segment)) {
    if (nodes_[node].any != 0) return nodes_[node].any;
    nodes_[node].any = next;
  } else {
    const auto [place, added] = nodes_[node].fixed.try_emplace(std::string(segment), next);
    if (!added) return place->second;
  }
  nodes_.emplace_back();
  return next;
}

void Router::add(Route route) {
  if (!route.pattern.starts_with('/'))
    abort_with(cat("route pattern '", route.pattern, "' needs a leading /"));
  const auto segments = split(std::string_view(route.pattern).substr(1), '/');
  std::vector<std::string> names;
  size_t node = 0;
  bool rest = false;
  for (const std::string_view segment : segments) {
    if (rest) abort_with(cat("route pattern '", route.pattern, "': {…...} must come last"));
    rest = is_rest(segment);
    if (is_capture(segment)) names.emplace_back(segment.substr(1, segment.size() - (rest ? 5 : 2)));
    if (!rest) node = child(node, segment);
  }
  if (names.size() > kMaxCaptures)
    abort_with(cat("route pattern '", route.pattern, "' has more than ", kMaxCaptures, " names"));
  auto& methods = rest ? nodes_[node].rest : nodes_[node].here;
  const auto [place, added] = methods.try_emplace(route.method, routes_.size());
  if (!added) {
    const Route& first = routes_[place->second];
    abort_with(cat("two routes for ", route.method, " ", route.pattern, ": '", first.summary, "' (",
                   first.pattern, ") and '", route.summary, "'"));
  }
  routes_.push_back(std::move(route));
  names_.push_back(std::move(names));
}

// `left` starts behind a '/': the segments that this node's children may take.
void Router::find(Search& search, size_t node, std::string_view left) const {
  const Node& here = nodes_[node];
  const size_t end = std::min(left.find('/'), left.size());
  const std::string_view segment = left.substr(0, end);
  const bool last = end == left.size();
  const auto descend = [&](size_t next) {
    if (last) {
      search.offer(nodes_[next].here, {}, false);
    } else {
      find(search, next, left.substr(end + 1));
    }
  };
  if (const auto fixed = here.fixed.find(segment); fixed != here.fixed.end()) descend(fixed->second);
  if (!search.route && here.any != 0 && !segment.empty()) {
    search.taken.push_back(segment);
    descend(here.any);
    search.taken.pop_back();
  }
  // A path that is served there with another method is a 405, not the fallback's business.
  if (search.allowed.empty()) search.offer(here.rest, left, true);
}

Router::Match Router::match(std::string_view method, std::string_view path, Captures spare) const {
  Match match;
  if (!path.starts_with('/')) return match;
  Search search{.method = method, .taken = {}, .route = {}, .route_taken = {}, .allowed = {}};
  find(search, 0, path.substr(1));
  match.path_known = search.route || !search.allowed.empty();
  if (!search.route) {
    match.allowed = std::move(search.allowed);
    std::ranges::sort(match.allowed);
    const auto repeated = std::ranges::unique(match.allowed);
    match.allowed.erase(repeated.begin(), repeated.end());
    return match;
  }
  match.route = &routes_[*search.route];
  const auto& names = names_[*search.route];
  match.captures = std::move(spare);
  match.captures.resize(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    match.captures[i].first = names[i];
    match.captures[i].second = search.route_taken[i];
  }
  return match;
}

}  // namespace oree::http

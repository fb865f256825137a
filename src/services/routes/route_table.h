// All routes of a station: where one message goes, how urgent it is there and how long it may wait.
//
// Every route is tried. Several that lead to one sink give one copy, with the lowest priority number among
// them; no route means that the message is dropped, which the caller counts. One route that cannot be read
// rejects all. A value; evaluating is thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "services/routes/route.h"

namespace oree::routes {

constexpr uint32_t kDefaultPriority = 2'000'000'000;  // lower is more urgent
constexpr std::chrono::seconds kDefaultTtl{7200};

struct RouteText {
  std::string name;
  std::string text;
  uint32_t priority = kDefaultPriority;
  std::optional<std::chrono::seconds> ttl;  // none or 0: the default; below 0: for ever
};
// What a station does that was given no routes.
inline RouteText fallback_route() {
  return {"fallback", "FROM /* INTO $upstream", kDefaultPriority, std::chrono::seconds(-1)};
}

struct Delivery {
  Sink sink;
  uint32_t priority = kDefaultPriority;
  std::chrono::seconds ttl = kDefaultTtl;  // below 0: for ever
};

struct Dispatch {
  std::vector<Delivery> deliveries;  // no sink twice
  bool body_not_declared = false;    // a route looked into the body, and the message does not say it is JSON
};

class RouteTable {
 public:
  // `invalid`: "Error parsing route NAME - line 1, column 27: …".
  static Result<RouteTable> parse(std::span<const RouteText> routes,
                                  std::chrono::seconds default_ttl = kDefaultTtl,
                                  EvaluateOptions options = {});
  Dispatch dispatch(const RoutedMessage& message) const;
  // Every pair of sink and priority that dispatch() can name.
  std::vector<std::pair<Sink, uint32_t>> queues() const;

 private:
  struct Row {
    Route route;
    uint32_t priority;
    std::chrono::seconds ttl;
  };
  std::vector<Row> rows_;
  EvaluateOptions options_;
};

}  // namespace oree::routes

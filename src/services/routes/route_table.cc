#include "services/routes/route_table.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace oree::routes {

Result<RouteTable> RouteTable::parse(std::span<const RouteText> routes, std::chrono::seconds default_ttl,
                                     EvaluateOptions options) {
  RouteTable table;
  table.options_ = options;
  std::set<std::string> names;
  for (const RouteText& one : routes) {
    if (!names.insert(one.name).second) {
      return fail(ErrorKind::invalid, cat("Error parsing route ", one.name, " - the name is there twice"));
    }
    auto route = parse_route(one.text);
    if (!route)
      return fail(ErrorKind::invalid, cat("Error parsing route ", one.name, " - ", route.error().what));
    const auto ttl = one.ttl.value_or(default_ttl);
    table.rows_.push_back({std::move(*route), one.priority, ttl.count() == 0 ? default_ttl : ttl});
  }
  return table;
}

Dispatch RouteTable::dispatch(const RoutedMessage& message) const {
  Dispatch result;
  Evaluation evaluation(message, options_);
  for (const Row& row : rows_) {
    const Verdict verdict = evaluation.evaluate(row.route);
    result.body_not_declared = result.body_not_declared || verdict.body_not_declared;
    if (!verdict.routes()) continue;
    const auto same = std::ranges::find(result.deliveries, row.route.sink, &Delivery::sink);
    if (same == result.deliveries.end()) {
      result.deliveries.push_back({row.route.sink, row.priority, row.ttl});
    } else if (row.priority < same->priority) {
      *same = {row.route.sink, row.priority, row.ttl};
    }
  }
  return result;
}

std::vector<std::pair<Sink, uint32_t>> RouteTable::queues() const {
  std::set<std::pair<Sink, uint32_t>> all;
  for (const Row& row : rows_) all.emplace(row.route.sink, row.priority);
  return {all.begin(), all.end()};
}

}  // namespace oree::routes

// The routes of a manifest's $edgeHub, as the station's own.
#include "nodes/edge/modules/manifest_routes.h"

#include <algorithm>

#include "base/text.h"

namespace oree::edge {

void add_manifest_routes(const ModulesFile& file, const std::filesystem::path& base, WaysSetting& ways,
                         Log& log) {
  if (base.empty()) return;
  const auto manifest = manifest::load_manifest(base, file.layers);
  if (!manifest) return;  // the supervisor says why, and what it does about it
  if (auto right = check_routes(*manifest); !right) return;
  for (const auto& route : manifest->routes) {
    const bool known =
        std::ranges::any_of(ways.routes, [&](const auto& own) { return own.name == route.name; });
    if (known) {
      log.warning(
          cat("route '", route.name, "' of the manifest is left out: station.yaml has one of that name"));
      continue;
    }
    const int64_t ttl = route.time_to_live.value_or(0) > 0 ? int64_t{*route.time_to_live}
                                                           : manifest->time_to_live.value_or(0);
    routes::RouteText text{.name = route.name, .text = route.text};
    if (route.priority) text.priority = *route.priority;
    if (ttl != 0) text.ttl = std::chrono::seconds(ttl);
    ways.routes.push_back(std::move(text));
  }
}

}  // namespace oree::edge

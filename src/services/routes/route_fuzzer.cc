// Arbitrary text as a route, the rest as a message: parsing and evaluating end, and what is accepted is
// accepted again in the same way.
#include <cstdlib>

#include "services/routes/lane.h"
#include "services/routes/route.h"

using namespace oree;
using namespace oree::routes;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  (void)parse_lane_entry(as_bytes(all));
  const size_t cut = all.find('\0');
  const auto route = parse_route(all.substr(0, cut));
  if (!route) {
    if (route.error().kind != ErrorKind::invalid || route.error().what.empty()) std::abort();
    return 0;
  }
  RoutedMessage message{"/messages/modules/m",
                        {{"a", "1"}, {"b", "text"}},
                        {{"contentType", "application/json"}},
                        cut == std::string_view::npos ? "" : std::string(all.substr(cut + 1))};
  message.system.emplace_back("contentEncoding", size % 3 == 0   ? "utf-8"
                                                 : size % 3 == 1 ? "utf-16"
                                                                 : "utf-32");
  const Verdict first = evaluate(*route, message, {.sniff_json = true});
  const Verdict second = evaluate(*route, message, {.sniff_json = true});
  if (first.condition != second.condition || (!first.from_source && first.routes())) std::abort();
  return 0;
}

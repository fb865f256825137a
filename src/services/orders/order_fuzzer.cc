// A stored order: whatever is accepted must print to the same order again.
#include <cstdlib>

#include "services/orders/order.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto body = json::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!body) return 0;
  const auto order = orders::parse_order(*body);
  if (!order) return 0;
  const auto again = orders::parse_order(orders::order_json(*order));
  if (!again || *again != *order) std::abort();
  return 0;
}

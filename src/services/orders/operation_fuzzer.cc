// Operations as a phone might send them, one after the other on one order, which must keep its form.
#include <cstdlib>

#include "services/orders/operations.h"
#include "services/orders/testing/sample.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto body = json::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!body || body->array() == nullptr) return 0;
  orders::Order order = orders::testing::wear_order("mo-1", orders::from_ms(1'780'000'000'000));
  for (const auto& one : *body->array()) {
    const auto operation = orders::parse_operation(one, "phone");
    if (operation) static_cast<void>(orders::apply(order, *operation));
  }
  const auto again = orders::parse_order(orders::order_json(order));
  if (!again || *again != order) std::abort();
  return 0;
}

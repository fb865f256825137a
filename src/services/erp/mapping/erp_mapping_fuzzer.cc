// A mapping file, and an order filled into it: whatever is accepted must fill or say why not, and what it
// fills must be JSON that reads back the same.
#include <cstdlib>

#include "services/erp/mapping/mapping.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto node = config::parse(std::string_view(reinterpret_cast<const char*>(data), size), "erp.yaml");
  if (!node) return 0;
  const auto mapping = erp::parse_mapping(*node, "/");
  if (!mapping) return 0;
  erp::WorkOrder order;
  order.id = "mo-1";
  order.asset = "robot-7";
  order.summary = "Ax\xC3\xA9 3";
  order.tasks = {{"t1", "one"}, {"t/2", "two"}};
  order.cause = json::Object{{"score", 7.25}};
  json::Object secrets;
  for (const auto& secret : mapping->secrets) secrets.emplace_back(secret.name, "s");
  const json::Value values =
      json::Object{{"order", erp::work_order_json(order)}, {"number", "7"}, {"secret", std::move(secrets)}};
  for (const auto* request : {&mapping->create, mapping->lookup ? &*mapping->lookup : nullptr}) {
    if (request == nullptr) continue;
    (void)request->url.fill({values}, erp::TextTemplate::Escape::address);
    const auto body = request->body ? request->body->fill({values}) : Result<json::Value>(json::Value());
    if (!body) continue;
    const auto again = json::parse(json::print(*body));
    // Deeper than JSON is read is deeper than any ERP reads.
    if (again && json::print(*again) != json::print(*body)) std::abort();
  }
  return 0;
}

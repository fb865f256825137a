// What subscribers hear of, and how it is written on the wire: Event Grid's own schema, or CloudEvents 1.0 in
// structured, batched or binary form (CNCF, HTTP protocol binding 1.0.2). Values, pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "platform/http/message.h"
#include "platform/json/value.h"

namespace oree::events {

struct Event {
  std::string id;       // with the source unique for ever
  std::string type;     // "Oree.Maintenance.OrderApproved"
  std::string source;   // "/stations/press-hall"
  std::string subject;  // "orders/019a…"
  WallTime time;
  json::Value data;
  bool operator==(const Event&) const = default;
};

enum class Schema { event_grid, cloud_events, cloud_events_binary };
std::string_view name(Schema schema);  // "eventgrid", "cloudevents", "cloudevents-binary"
std::optional<Schema> parse_schema(std::string_view name);

json::Value event_grid_json(const Event& event);
json::Value cloud_event_json(const Event& event);

struct Body {
  std::string text;
  std::vector<http::Header> headers;  // Content-Type, and ce-* of the binary form
};
// Several events are one array (Event Grid always is). Precondition: not empty; one, for the binary form.
Body print(std::span<const Event> events, Schema schema);

// In a header: percent-encoded where the binding asks for it (§3.1.3.2).
std::string header_text(std::string_view text);

}  // namespace oree::events

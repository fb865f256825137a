#include "services/events/event.h"

#include "base/text.h"

namespace oree::events {
namespace {

constexpr std::string_view kNames[] = {"eventgrid", "cloudevents", "cloudevents-binary"};

}  // namespace

std::string_view name(Schema schema) {
  return kNames[static_cast<size_t>(schema)];
}

std::optional<Schema> parse_schema(std::string_view text) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == text) return static_cast<Schema>(i);
  }
  return std::nullopt;
}

json::Value event_grid_json(const Event& event) {
  return json::Object{{"id", event.id},
                      {"topic", event.source},
                      {"subject", event.subject},
                      {"eventType", event.type},
                      {"eventTime", iso_text(event.time)},
                      {"data", event.data},
                      {"dataVersion", "1"},
                      {"metadataVersion", "1"}};
}

json::Value cloud_event_json(const Event& event) {
  return json::Object{{"id", event.id},
                      {"source", event.source},
                      {"specversion", "1.0"},
                      {"type", event.type},
                      {"subject", event.subject},
                      {"time", iso_text(event.time)},
                      {"datacontenttype", "application/json"},
                      {"data", event.data}};
}

std::string header_text(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '"' && c != '%') {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

Body print(std::span<const Event> events, Schema schema) {
  if (schema == Schema::cloud_events_binary) {
    const Event& one = events.front();
    return {json::print(one.data),
            {{"Content-Type", "application/json"},
             {"ce-id", header_text(one.id)},
             {"ce-source", header_text(one.source)},
             {"ce-specversion", "1.0"},
             {"ce-type", header_text(one.type)},
             {"ce-subject", header_text(one.subject)},
             {"ce-time", iso_text(one.time)}}};
  }
  if (schema == Schema::cloud_events && events.size() == 1)
    return {json::print(cloud_event_json(events.front())),
            {{"Content-Type", "application/cloudevents+json; charset=utf-8"}}};
  json::Array all;
  for (const Event& event : events)
    all.push_back(schema == Schema::event_grid ? event_grid_json(event) : cloud_event_json(event));
  const char* type = schema == Schema::event_grid ? "application/json; charset=utf-8"
                                                  : "application/cloudevents-batch+json; charset=utf-8";
  return {json::print(json::Value(std::move(all))), {{"Content-Type", type}}};
}

}  // namespace oree::events

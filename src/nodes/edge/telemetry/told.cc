#include "nodes/edge/telemetry/told.h"

namespace oree::edge {
namespace {

json::Value to_ms(WallTime time) {
  if (time == WallTime()) return nullptr;
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

json::Array clients_json(broker::Broker& broker) {
  json::Array out;
  for (const auto& client : broker.clients()) {
    out.push_back(json::Object{{"id", client.client_id},
                               {"user", client.user},
                               {"address", client.address},
                               {"protocol", client.version == 5 ? "5.0" : "3.1.1"},
                               {"connected", client.connected},
                               {"since", json::Value()},
                               {"queued", client.waiting},
                               {"inflight", client.inflight},
                               {"subscriptions", client.subscriptions},
                               {"in", client.messages_in},
                               {"out", client.messages_out},
                               {"dropped", client.dropped}});
  }
  return out;
}

}  // namespace

json::Value alert_json(const alerts::Alert& alert, bool silenced) {
  json::Object labels;
  for (const auto& [name, value] : alert.labels) labels.emplace_back(name, value);
  return json::Object{{"id", alert.id},
                      {"rule", alert.rule},
                      {"state", alerts::state_name(alert.state)},
                      {"severity", alerts::severity_name(alert.severity)},
                      {"sentence", alert.sentence},
                      {"since", to_ms(alert.since)},
                      {"ended", to_ms(alert.ended)},
                      {"value", alert.value},
                      {"threshold", alert.threshold},
                      {"labels", std::move(labels)},
                      {"silenced", silenced}};
}

std::vector<std::pair<std::string_view, uint64_t>> dropped(const broker::Stats& stats) {
  return {{"qos0_offline", stats.dropped_offline_qos0},
          {"qos0_full", stats.dropped_slow_qos0},
          {"expired", stats.dropped_expired},
          {"too_large", stats.dropped_too_large},
          {"denied", stats.dropped_denied},
          {"store_full", stats.dropped_full},
          {"invalid", stats.dropped_invalid},
          {"lost", stats.dropped_lost}};
}

void append_messages(json::Object& out, broker::Broker& broker, uint64_t max_bytes, uint64_t not_readings) {
  const auto stats = broker.stats();
  const auto stored = broker.messages().stats();
  json::Array drops;
  for (const auto& [reason, count] : dropped(stats)) {
    if (count > 0) drops.push_back(json::Object{{"reason", reason}, {"count", count}});
  }
  if (not_readings > 0) drops.push_back(json::Object{{"reason", "no_reading"}, {"count", not_readings}});
  const uint64_t in = stats.messages_in[0] + stats.messages_in[1] + stats.messages_in[2];
  const uint64_t sent = stats.messages_out[0] + stats.messages_out[1] + stats.messages_out[2];
  out.emplace_back("totals", json::Object{{"in", in}, {"out", sent}, {"acked", stats.acked}});
  out.emplace_back("dropped", std::move(drops));
  out.emplace_back("store", json::Object{{"bytes", stored.bytes},
                                         {"max_bytes", max_bytes},
                                         {"messages", stored.next - stored.first},
                                         {"full", stored.bytes >= max_bytes}});
  out.emplace_back("clients", clients_json(broker));
}

}  // namespace oree::edge

// Alerts and the broker's counters as JSON, for pages and the live feed. Pure but for asking the broker.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "platform/json/value.h"
#include "services/alerts/alert_states.h"
#include "services/broker/broker.h"

namespace oree::edge {

json::Value alert_json(const alerts::Alert& alert, bool silenced);

// Drops by reason, also those that are none.
std::vector<std::pair<std::string_view, uint64_t>> dropped(const broker::Stats& stats);

// "totals", "dropped", "store" and "clients" of /api/v1/messages.
void append_messages(json::Object& out, broker::Broker& broker, uint64_t max_bytes, uint64_t not_readings);

}  // namespace oree::edge

// Where messages go on to, and which devices are asked for theirs: `routes`, `upstream` and `gateway` of the
// telemetry part of station.yaml.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "platform/config/fields.h"
#include "services/gateway/gateway.h"
#include "services/routes/route_table.h"
#include "services/routes/upstream.h"

namespace oree::edge {

struct UpstreamSetting {
  std::optional<routes::MqttUpstreamOptions> mqtt;
  std::optional<routes::HttpUpstreamOptions> http;
};

struct WaysSetting {
  std::vector<routes::RouteText> routes;  // empty: nothing goes on
  routes::ForwarderOptions forward;
  std::optional<UpstreamSetting> upstream;
  std::vector<gateway::ModbusSettings> devices;
};

// Reads its keys of `fields`, the telemetry map; mistakes are recorded there. Paths start from `folder`.
void read_ways(config::Fields& fields, const std::filesystem::path& folder, WaysSetting& ways);

// "mqtt://user:password@host:1883" as a client's options; `invalid` with an example. mqtts:// asks for TLS,
// at port 8883 unless said, and trusts the system's authorities.
Result<mqtt::ClientOptions> parse_mqtt_address(std::string_view address);

}  // namespace oree::edge

#include "nodes/edge/settings/telemetry_ways.h"

#include <algorithm>

#include "base/text.h"

namespace oree::edge {
namespace {

using config::Fields;
using config::Node;
using gateway::ModbusPoint;

Result<routes::RouteText> parse_route(const std::string& name, const Node& node) {
  routes::RouteText route{.name = name};
  if (node.kind() == Node::Kind::scalar) {
    route.text = node.scalar();
  } else {
    Fields fields(node, cat("route '", name, "'"));
    route.text = fields.required<std::string>("route");
    route.priority = static_cast<uint32_t>(
        fields.between<int64_t>("priority", routes::kDefaultPriority, 0, routes::kDefaultPriority));
    if (fields.has("ttl"))
      route.ttl = std::chrono::duration_cast<std::chrono::seconds>(fields.duration("ttl", microseconds(0)));
    if (auto status = fields.finish(); !status) return forward(status);
  }
  if (auto parsed = routes::parse_route(route.text); !parsed) return node.error(parsed.error().what);
  return route;
}

Result<mqtt::TlsFilesToLoad> parse_client_tls(const Node& node, const std::filesystem::path& folder) {
  Fields fields(node, "tls");
  const auto path = [&](const char* key) {
    const std::filesystem::path given = fields.optional<std::string>(key, "");
    return given.empty() || given.is_absolute() ? given : (folder / given).lexically_normal();
  };
  mqtt::TlsFilesToLoad tls{.certificate = path("certificate"), .key = path("key"), .ca = path("ca")};
  if (tls.certificate.empty() != tls.key.empty())
    fields.mistake("", "must have 'certificate' and 'key' together, or neither");
  if (auto status = fields.finish(); !status) return forward(status);
  return tls;
}

Result<UpstreamSetting> parse_upstream(const Node& node, const std::filesystem::path& folder) {
  Fields fields(node, "upstream");
  UpstreamSetting setting;
  if (fields.has("mqtt") == fields.has("http"))
    fields.mistake("", "must have either 'mqtt' or 'http', an address");
  if (fields.has("mqtt")) {
    auto options = parse_mqtt_address(fields.required<std::string>("mqtt"));
    if (!options) fields.mistake("mqtt", options.error().what);
    setting.mqtt.emplace();
    if (options) setting.mqtt->client = std::move(*options);
    setting.mqtt->client.client_id = fields.optional<std::string>("client_id", "oree-upstream");
    setting.mqtt->prefix = fields.optional<std::string>("prefix", "");
    if (const Node* files = fields.node("tls")) {
      auto tls = parse_client_tls(*files, folder);
      fields.absorb(tls);
      if (!setting.mqtt->client.tls) fields.mistake("tls", "needs an address that begins with mqtts://");
      if (tls) setting.mqtt->client.tls = std::move(*tls);
    }
  } else if (fields.has("http")) {
    const auto url = http::parse_url(fields.required<std::string>("http"));
    if (!url) fields.mistake("http", url.error().what);
    setting.http.emplace();
    if (url) setting.http->url = *url;
    const std::string token = fields.optional<std::string>("token", "");
    if (!token.empty()) setting.http->headers.emplace_back("Authorization", cat("Bearer ", token));
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return setting;
}

Result<ModbusPoint> parse_point(const Node& node) {
  using gateway::DataType;
  using gateway::Function;
  using gateway::WordOrder;
  static const std::vector<std::pair<std::string, Function>> kTables{
      {"coil", Function::read_coils},
      {"discrete_input", Function::read_discrete_inputs},
      {"holding", Function::read_holding_registers},
      {"input", Function::read_input_registers}};
  static const std::vector<std::pair<std::string, DataType>> kTypes{
      {"u16", DataType::u16}, {"i16", DataType::i16}, {"u32", DataType::u32},
      {"i32", DataType::i32}, {"f32", DataType::f32}, {"f64", DataType::f64}};
  static const std::vector<std::pair<std::string, WordOrder>> kOrders{{"abcd", WordOrder::abcd},
                                                                      {"cdab", WordOrder::cdab},
                                                                      {"badc", WordOrder::badc},
                                                                      {"dcba", WordOrder::dcba}};
  const auto pick = [](Fields& fields, std::string_view key, const auto& table, std::string_view fallback) {
    std::vector<std::string> names;
    for (const auto& row : table) names.push_back(row.first);
    const std::string chosen = fields.choice(key, names, fallback);
    const auto at = std::ranges::find(table, chosen, [](const auto& row) { return row.first; });
    return at == table.end() ? table.front().second : at->second;
  };
  Fields fields(node, "point");
  ModbusPoint point;
  point.name = fields.required<std::string>("name");
  point.table = pick(fields, "table", kTables, "holding");
  point.address = static_cast<uint16_t>(fields.between<int64_t>("address", 0, 0, 65'535));
  if (!fields.has("address")) fields.mistake("address", "is missing: the register's number from 0");
  point.type = pick(fields, "type", kTypes, "u16");
  point.order = pick(fields, "order", kOrders, "abcd");
  const bool is_bit = point.table == Function::read_coils || point.table == Function::read_discrete_inputs;
  if (is_bit) point.type = DataType::bit;
  point.scale = fields.optional<double>("scale", 1);
  point.offset = fields.optional<double>("offset", 0);
  if (auto status = fields.finish(); !status) return forward(status);
  return point;
}

Result<gateway::ModbusSettings> parse_device(const Node& node) {
  Fields fields(node, "device");
  gateway::ModbusSettings device;
  (void)fields.choice("type", {"modbus"}, "modbus");
  device.name = fields.required<std::string>("name");
  device.address.host = fields.required<std::string>("host");
  device.address.port = static_cast<uint16_t>(fields.between<int64_t>("port", 502, 1, 65'535));
  device.unit = static_cast<uint8_t>(fields.between<int64_t>("unit", 1, 0, 255));
  const auto ms = [&](std::string_view key, milliseconds fallback) {
    return std::chrono::duration_cast<milliseconds>(fields.duration(key, fallback));
  };
  device.interval = ms("every", device.interval);
  device.deadline = ms("deadline", device.deadline);
  const Node* points = fields.required_node("points", Node::Kind::list);
  for (size_t i = 0; points != nullptr && i < points->items().size(); ++i) {
    auto point = parse_point(points->items()[i]);
    fields.absorb(point);
    if (point) device.points.push_back(std::move(*point));
  }
  if (auto status = fields.finish(); !status) return forward(status);
  if (auto sound = gateway::check_settings(device); !sound) return node.error(sound.error().what);
  return device;
}

void read_routes(Fields& fields, WaysSetting& ways) {
  const Node* map = fields.node("routes");
  if (map == nullptr) return;
  if (map->kind() != Node::Kind::map) {
    fields.mistake("routes", "must be a map of names");
    return;
  }
  for (const auto& [name, node] : map->members()) {
    auto route = parse_route(name, node);
    fields.absorb(route);
    if (route) ways.routes.push_back(std::move(*route));
  }
}

}  // namespace

Result<mqtt::ClientOptions> parse_mqtt_address(std::string_view address) {
  const auto wrong = [&] {
    return fail(ErrorKind::invalid,
                cat("'", address, "' is no broker's address, such as mqtt://127.0.0.1:1883 or mqtts://hub"));
  };
  mqtt::ClientOptions options;
  std::string_view rest = address;
  if (rest.starts_with("mqtts://")) {
    options.tls.emplace();
    options.port = 8883;
  }
  for (const std::string_view scheme : {"mqtt://", "mqtts://"}) {
    if (address.starts_with(scheme)) rest.remove_prefix(scheme.size());
  }
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = rest.substr(0, at);
    const size_t colon = login.find(':');
    options.user = std::string(login.substr(0, colon));
    if (colon != std::string_view::npos) options.password = login.substr(colon + 1);
    rest.remove_prefix(at + 1);
  }
  if (const size_t colon = rest.rfind(':'); colon != std::string_view::npos && !rest.ends_with(']')) {
    const auto port = parse_number<uint16_t>(rest.substr(colon + 1));
    if (!port || *port == 0) return wrong();
    options.port = *port;
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty() || rest.contains('/')) return wrong();
  options.host = rest;
  return options;
}

void read_ways(Fields& fields, const std::filesystem::path& folder, WaysSetting& ways) {
  read_routes(fields, ways);
  if (const Node* node = fields.node("upstream")) {
    auto upstream = parse_upstream(*node, folder);
    fields.absorb(upstream);
    if (upstream) ways.upstream = std::move(*upstream);
  }
  ways.forward.max_bytes = fields.size("forward_max_bytes", ways.forward.max_bytes);
  const Node* devices = fields.node("gateway");
  if (devices == nullptr) return;
  if (devices->kind() != Node::Kind::list) {
    fields.mistake("gateway", "must be a list of devices");
    return;
  }
  for (const auto& node : devices->items()) {
    auto device = parse_device(node);
    fields.absorb(device);
    if (device) ways.devices.push_back(std::move(*device));
  }
}

}  // namespace oree::edge

#include "app/robot/neighbours.h"

#include "base/text.h"
#include "nodes/authority/settings.h"
#include "platform/crypto/key_file.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

// What each of them insists on; the rest of its file is made by rules_text().
struct AuthorityRules {
  std::string_view name, rules;
};
constexpr AuthorityRules kAuthorities[] = {
    {"factory", "cost: {ceiling: {EUR: 5000}}\norders: {per_asset_per_day: 5}\n"},
    {"maker", "models: {allowed: [\"robot-lstm/*\"]}\nscore: {ratio: 1}\n"},
    {"safety", "evidence: {names: [window.json, configuration.json]}\n"}};

std::string rules_text(const AuthorityRules& authority, const std::string& station, const std::string& key) {
  return cat("authority: ", authority.name, "\nlisten: 127.0.0.1:0\nstations:\n  - {name: ", station,
             ", key: \"", key, "\"}\n", authority.rules);
}

constexpr std::string_view kSecret = "a secret of the stand-in";

}  // namespace

Status Pager::start(Log& log) {
  router_.add({"POST", "/alerts", "demo", "An alert.",
               [this](const http::Request& request) { return take_alert(request); }});
  router_.add({"POST", "/events", "demo", "Events of orders.",
               [this](const http::Request& request) { return take_event(request); }});
  router_.add({"OPTIONS", "/events", "demo", "May events come?", [](const http::Request& request) {
                 http::Response response;
                 response.with("WebHook-Allowed-Origin", request.header("WebHook-Request-Origin"));
                 response.with("WebHook-Allowed-Rate", "*");
                 return response;
               }});
  http::ServerOptions options;
  options.port = 0;
  auto server = http::Server::start(options, router_, log);
  if (!server) return forward(server);
  server_ = std::move(*server);
  return {};
}

std::string Pager::alerts_url() const {
  return cat("http://127.0.0.1:", server_->port(), "/alerts");
}

std::string Pager::events_url() const {
  return cat("http://127.0.0.1:", server_->port(), "/events");
}

std::string Pager::sentence() const {
  const std::lock_guard lock(mutex_);
  return sentence_;
}

http::Response Pager::take_alert(const http::Request& request) {
  const auto body = json::parse(request.body);
  const auto* alerts = body ? body->find("alerts") : nullptr;
  if (alerts == nullptr || alerts->array() == nullptr || alerts->array()->empty())
    return http::json(400, R"({"error":"no alerts"})");
  const auto* annotations = alerts->array()->front().find("annotations");
  const auto* said = annotations != nullptr ? annotations->find("summary") : nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (sentence_.empty() && said != nullptr && said->text() != nullptr) sentence_ = *said->text();
  }
  timeline_.note(Timeline::alert, clock_.mono());
  return http::json(200, "{}");
}

http::Response Pager::take_event(const http::Request& request) {
  if (request.body.find("Oree.Maintenance.OrderApproved") != std::string::npos)
    timeline_.note(Timeline::event, clock_.mono());
  return http::json(200, "{}");
}

Status Neighbours::start(const edge::StationFile& file, const fs::path& data) {
  if (auto started = pager_.start(world_.log); !started) return started;
  if (auto made = world_.disk.make_folder(data / "maintenance"); !made) return made;
  const auto key = crypto::open_key(data / "maintenance" / "station.key");
  if (!key) return forward(key);
  if (with_chain_) {
    std::vector<std::string> names;
    for (const auto& one : kAuthorities) names.emplace_back(one.name);
    auto chain = DemoChain::start(data, names, 2, world_.clock);
    if (!chain) return forward(chain);
    chain_ = *std::move(chain);
  }
  if (auto started = start_authorities(file.plan.station, key->public_key().base64(), data); !started)
    return started;
  const erp::DoubleRecords records;
  erp::DoubleOptions options;
  options.secret = kSecret;
  options.known = records.all();
  auto stand_in = erp::FieldServiceDouble::start(std::move(options), world_.clock, world_.log);
  if (!stand_in) return forward(stand_in);
  erp_ = *std::move(stand_in);
  const std::string secret(kSecret);
  return world_.disk.write(data / "erp.secret", as_bytes(secret));
}

Status Neighbours::start_authorities(const std::string& station, const std::string& station_key,
                                     const fs::path& data) {
  for (const auto& rules : kAuthorities) {
    std::string text = rules_text(rules, station, station_key);
    if (chain_) text += chain_->settings(std::string(rules.name));
    auto settings = authority::parse_settings(text, rules.name);
    if (!settings) return forward(settings);
    auto started = authority::Authority::start(*std::move(settings), data / "authorities" / rules.name,
                                               {world_.clock, world_.disk, world_.log});
    if (!started) return forward(started);
    authorities_.push_back(*std::move(started));
  }
  return {};
}

std::vector<std::string> Neighbours::authority_urls() const {
  std::vector<std::string> urls;
  for (const auto& authority : authorities_) urls.push_back(authority->url());
  return urls;
}

Status Neighbours::adapt(edge::StationFile& file, const fs::path& data) const {
  auto& alerts = file.telemetry->alerts;
  alerts.receivers.push_back(
      {.name = "pager", .type = alerts::ReceiverPlan::Type::webhook, .url = pager_.alerts_url()});
  alerts::Route route = alerts.routes.empty() ? alerts::Route{} : alerts.routes.front();
  route.receiver = "pager";
  route.group_wait = microseconds(0);
  route.proceed = true;
  alerts.routes.insert(alerts.routes.begin(), route);

  const erp::DoubleRecords records;
  std::string text = cat("quorum: 2\nauthorities:\n");
  for (size_t i = 0; i < authorities_.size(); ++i) {
    text += cat("  - {name: ", kAuthorities[i].name, ", url: \"", authorities_[i]->url(), "\", key: \"",
                authorities_[i]->key().base64(), "\", witness: \"", authorities_[i]->witness_key().text(),
                "\"}\n");
  }
  text += cat("erp: {kind: dynamics, url: \"", erp_->url(), "\", token_url: \"", erp_->token_url(),
              "\", client_id: station, secret_file: \"", (data / "erp.secret").string(),
              "\", service_account: ", records.account, ", work_order_type: ", records.work_order_type,
              ", price_list: ", records.price_list, "}\n");

  if (chain_) text += chain_->settings("station");
  text += cat("events:\n  - {name: team, sink: webhook, url: \"", pager_.events_url(), "\"}\n");
  const auto node = config::parse(text, "the demo's neighbours");
  if (!node) return forward(node);
  auto more = edge::parse_maintenance(*node, data);
  if (!more) return forward(more);
  if (file.maintenance) more->orders = file.maintenance->orders;
  file.maintenance = *std::move(more);
  return {};
}

}  // namespace oree::app

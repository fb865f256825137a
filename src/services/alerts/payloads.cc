#include "services/alerts/payloads.h"

#include <algorithm>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::alerts {

namespace {

using json::Value;

json::Object object_of(const Labels& labels) {
  json::Object out;
  for (const auto& [name, value] : labels) out.emplace_back(name, value);
  return out;
}

Labels annotations_of(const Alert& alert) {
  return {{"summary", alert.sentence}, {"value", cat(alert.value)}, {"threshold", cat(alert.threshold)}};
}

// What all have with the same value.
Labels shared(std::span<const Labels> all) {
  Labels out;
  if (all.empty()) return out;
  for (const auto& [name, value] : all.front()) {
    const bool everywhere = std::ranges::all_of(all, [&](const Labels& labels) {
      const auto found = labels.find(name);
      return found != labels.end() && found->second == value;
    });
    if (everywhere) out.emplace(name, value);
  }
  return out;
}

// Go's zero time: not yet.
constexpr std::string_view kNoTime = "0001-01-01T00:00:00Z";

Value webhook_alert(const Alert& alert, const std::string& external_url) {
  const bool firing = alert.state == AlertState::firing;
  Value out;
  out.set("status", firing ? "firing" : "resolved");
  out.set("labels", object_of(alert.labels));
  out.set("annotations", object_of(annotations_of(alert)));
  out.set("startsAt", iso_text(alert.fired));
  out.set("endsAt", firing ? std::string(kNoTime) : iso_text(alert.ended));
  out.set("generatorURL", external_url);
  out.set("fingerprint", alert.id);
  return out;
}

int64_t in_milliseconds(WallTime time) {
  return std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string webhook_body(const Notification& notification, const std::string& external_url) {
  json::Array alerts;
  std::vector<Labels> labels, annotations;
  for (const auto* list : {&notification.firing, &notification.resolved}) {
    for (const Alert& alert : *list) {
      alerts.push_back(webhook_alert(alert, external_url));
      labels.push_back(alert.labels);
      annotations.push_back(annotations_of(alert));
    }
  }
  Value out;
  out.set("version", "4");
  out.set("groupKey", notification.key);
  out.set("truncatedAlerts", 0);
  out.set("status", notification.firing.empty() ? "resolved" : "firing");
  out.set("receiver", notification.receiver);
  out.set("groupLabels", object_of(notification.group_labels));
  out.set("commonLabels", object_of(shared(labels)));
  out.set("commonAnnotations", object_of(shared(annotations)));
  out.set("externalURL", external_url);
  out.set("alerts", std::move(alerts));
  return json::print(out);
}

std::string alertmanager_body(std::span<const Alert> alerts, WallTime now, microseconds valid_for,
                              const std::string& external_url) {
  json::Array out;
  for (const Alert& alert : alerts) {
    Value one;
    one.set("labels", object_of(alert.labels));
    one.set("annotations", object_of(annotations_of(alert)));
    one.set("startsAt", iso_text(alert.fired));
    one.set("endsAt", iso_text(alert.state == AlertState::firing ? now + valid_for : alert.ended));
    if (!external_url.empty()) one.set("generatorURL", external_url);
    out.push_back(std::move(one));
  }
  return json::print(out);
}

std::string alert_body(const Alert& alert) {
  Value out;
  out.set("id", alert.id);
  out.set("rule", alert.rule);
  out.set("state", state_name(alert.state));
  out.set("severity", severity_name(alert.severity));
  out.set("sentence", alert.sentence);
  out.set("since", in_milliseconds(alert.since));
  out.set("ended", alert.state == AlertState::resolved ? Value(in_milliseconds(alert.ended)) : Value());
  out.set("value", alert.value);
  out.set("threshold", alert.threshold);
  out.set("labels", object_of(alert.labels));
  return json::print(out);
}

}  // namespace oree::alerts

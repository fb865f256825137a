// The `alerts:` part of a settings file, as values.
//
//   rules:
//     - name: robot_anomaly
//       when: score > threshold            # see rule.h for the words
//       for: 1min
//       severity: page                     # info, ticket (default) or page
//       labels: {team: maintenance}
//       sentence: "{machine} is not itself: score {value}, limit {threshold}"
//   receivers:
//     - {name: phone, type: webhook, url: "http://127.0.0.1:9000/hook"}
//     - {name: floor, type: mqtt, topic: factory/alerts}
//   routes:                                # the first that matches, unless `continue`
//     - {receiver: phone, match: ['severity="page"'], group_by: [machine], repeat_interval: 4h}
//     - {receiver: floor}
//   inhibit:
//     - {source: ['alertname="robot_offline"'], target: ['alertname="robot_anomaly"'], equal: [machine]}
//   alertmanager: {url: "http://127.0.0.1:9093", resend: 1min}
//   external_url: http://station:8000
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/config/node.h"
#include "services/alerts/notifier.h"
#include "services/alerts/receivers.h"

namespace oree::alerts {

struct ReceiverPlan {
  enum class Type { webhook, mqtt };
  std::string name;
  Type type = Type::webhook;
  std::string url, token;  // webhook
  std::string topic;       // mqtt
};

struct AlertPlan {
  std::vector<Rule> rules;
  std::vector<ReceiverPlan> receivers;
  std::vector<Route> routes;
  std::vector<Inhibition> inhibitions;
  std::optional<AlertmanagerTarget> alertmanager;
  std::string external_url;
};

// Every mistake with its place. Rules have different names; routes name receivers that are there. With
// receivers and no routes, all go to the first receiver.
Result<AlertPlan> read_plan(const config::Node& node);

}  // namespace oree::alerts

// Where notifications go. A receiver is asked from one thread at a time, may block until its deadline, and
// says whether the other side took the message; who retries and when is notifier.h's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "services/alerts/notifier.h"

namespace oree::alerts {

class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual Status deliver(const Notification& notification) = 0;
};

struct WebhookTarget {
  std::string url;           // http:// only
  std::string token;         // "Authorization: Bearer …"; "" for none
  std::string external_url;  // where people find this station
  milliseconds deadline{10'000};
};
// POST of webhook_body(); any 2xx is taken.
Result<std::unique_ptr<Receiver>> make_webhook(WebhookTarget target);

// What can publish: the broker of this station, or a client of another one.
class MqttPublisher {
 public:
  virtual ~MqttPublisher() = default;
  // QoS 1; returns when the message is acknowledged.
  virtual Status publish(std::string_view topic, std::string_view payload, bool retain) = 0;
};
// One retained message for each alert under "<prefix>/<rule>/<id>", alert_body(); a resolved alert's is
// published and stays until it is replaced. `publisher` outlives the receiver. `invalid` for a prefix with #
// or +.
Result<std::unique_ptr<Receiver>> make_mqtt_receiver(MqttPublisher& publisher, std::string prefix);

// Alertmanager groups, silences and repeats by itself, so it is fed alerts rather than notifications: each at
// once when it fires or ends, and again each `resend` while it fires, because Alertmanager ends what it is
// not told of.
struct AlertmanagerTarget {
  std::string url;  // http://host:9093; /api/v2/alerts is added
  std::string token;
  std::string external_url;
  microseconds resend{std::chrono::minutes(1)};  // alerts are valid for four times this
  milliseconds deadline{10'000};
};
class AlertFeed {
 public:
  virtual ~AlertFeed() = default;
  virtual microseconds resend() const = 0;
  virtual Status push(std::span<const Alert> alerts, WallTime now) = 0;
};
Result<std::unique_ptr<AlertFeed>> make_alertmanager_feed(AlertmanagerTarget target);

// When a feed is to be pushed what; the part of it that has no I/O.
class FeedState {
 public:
  explicit FeedState(microseconds resend) : resend_(resend) {}
  // Firing alerts that are new or due again, and resolved ones that were not pushed since they ended.
  std::vector<Alert> due(std::span<const Alert> audible, WallTime now) const;
  void pushed(std::span<const Alert> alerts, WallTime now);
  void failed(WallTime now);

 private:
  struct Mark {
    WallTime pushed;
    bool firing = false;
  };
  microseconds resend_;
  std::map<std::string, Mark> marks_;
  WallTime not_before_{};
  int failures_ = 0;
};

}  // namespace oree::alerts

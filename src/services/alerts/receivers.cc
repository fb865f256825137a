#include "services/alerts/receivers.h"

#include <algorithm>

#include "base/text.h"
#include "platform/http/client.h"
#include "services/alerts/payloads.h"

namespace oree::alerts {

namespace {

Status post(http::Client& client, const http::Url& url, const std::string& token, std::string_view body,
            milliseconds deadline) {
  std::vector<http::Header> headers{{"Content-Type", "application/json"}};
  if (!token.empty()) headers.push_back({"Authorization", cat("Bearer ", token)});
  const auto answer = client.call("POST", url, headers, body,
                                  {.deadline = deadline, .max_body_bytes = 1 << 20, .max_redirects = 0});
  if (!answer) return forward(answer, cat(url.host, ":", url.port));
  if (answer->status >= 200 && answer->status < 300) return {};
  return fail(answer->status >= 500 || answer->status == 429 ? ErrorKind::unavailable : ErrorKind::invalid,
              cat(url.host, ":", url.port, url.target, " answered ", answer->status));
}

class Webhook final : public Receiver {
 public:
  Webhook(WebhookTarget target, http::Url url) : target_(std::move(target)), url_(std::move(url)) {}
  Status deliver(const Notification& notification) override {
    return post(client_, url_, target_.token, webhook_body(notification, target_.external_url),
                target_.deadline);
  }

 private:
  WebhookTarget target_;
  http::Url url_;
  http::Client client_;
};

class MqttReceiver final : public Receiver {
 public:
  MqttReceiver(MqttPublisher& publisher, std::string prefix)
      : publisher_(publisher), prefix_(std::move(prefix)) {}
  Status deliver(const Notification& notification) override {
    for (const auto* list : {&notification.firing, &notification.resolved}) {
      for (const Alert& alert : *list) {
        const auto status =
            publisher_.publish(cat(prefix_, "/", alert.rule, "/", alert.id), alert_body(alert), true);
        if (!status) return status;
      }
    }
    return {};
  }

 private:
  MqttPublisher& publisher_;
  std::string prefix_;
};

class AlertmanagerFeed final : public AlertFeed {
 public:
  AlertmanagerFeed(AlertmanagerTarget target, http::Url url)
      : target_(std::move(target)), url_(std::move(url)) {}
  microseconds resend() const override { return target_.resend; }
  Status push(std::span<const Alert> alerts, WallTime now) override {
    const auto body = alertmanager_body(alerts, now, 4 * target_.resend, target_.external_url);
    return post(client_, url_, target_.token, body, target_.deadline);
  }

 private:
  AlertmanagerTarget target_;
  http::Url url_;
  http::Client client_;
};

}  // namespace

Result<std::unique_ptr<Receiver>> make_webhook(WebhookTarget target) {
  auto url = http::parse_url(target.url);
  if (!url) return forward(url, "webhook");
  return std::make_unique<Webhook>(std::move(target), *std::move(url));
}

Result<std::unique_ptr<Receiver>> make_mqtt_receiver(MqttPublisher& publisher, std::string prefix) {
  if (prefix.empty() || prefix.find_first_of("#+") != prefix.npos || prefix.starts_with('$')) {
    return fail(ErrorKind::invalid, cat("'", prefix, "' is no topic that alerts can be published under"));
  }
  return std::make_unique<MqttReceiver>(publisher, std::move(prefix));
}

Result<std::unique_ptr<AlertFeed>> make_alertmanager_feed(AlertmanagerTarget target) {
  auto url = http::parse_url(target.url);
  if (!url) return forward(url, "alertmanager");
  while (url->target.ends_with('/')) url->target.pop_back();
  url->target += "/api/v2/alerts";
  if (target.resend < std::chrono::seconds(1)) {
    return fail(ErrorKind::invalid, "alertmanager: resend must be a second or more");
  }
  return std::make_unique<AlertmanagerFeed>(std::move(target), *std::move(url));
}

std::vector<Alert> FeedState::due(std::span<const Alert> audible, WallTime now) const {
  std::vector<Alert> out;
  if (now < not_before_ && not_before_ - now < std::chrono::hours(1)) return out;
  for (const Alert& alert : audible) {
    const auto mark = marks_.find(alert.id);
    const bool known = mark != marks_.end();
    const bool again =
        !known || !mark->second.firing || now - mark->second.pushed >= resend_ || now < mark->second.pushed;
    if (alert.state == AlertState::firing ? again : known && mark->second.firing) out.push_back(alert);
  }
  return out;
}

void FeedState::pushed(std::span<const Alert> alerts, WallTime now) {
  failures_ = 0;
  not_before_ = {};
  for (const Alert& alert : alerts) marks_[alert.id] = {now, alert.state == AlertState::firing};
  std::erase_if(marks_, [&](const auto& entry) {
    return !entry.second.firing && now - entry.second.pushed > AlertStates::kForgetResolved;
  });
}

void FeedState::failed(WallTime now) {
  failures_ = std::min(failures_ + 1, 6);
  not_before_ = now + std::min<microseconds>(std::chrono::seconds(1) * (1 << failures_), resend_);
}

}  // namespace oree::alerts

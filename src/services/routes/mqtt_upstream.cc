#include <algorithm>

#include "base/text.h"
#include "services/routes/upstream.h"

namespace oree::routes {
namespace {

class MqttUpstream final : public Endpoint {
 public:
  explicit MqttUpstream(MqttUpstreamOptions options) : options_(std::move(options)) {}

  Sent send(const Batch& batch) override {
    if (!client_) {
      auto connected = mqtt::Client::connect(options_.client);
      if (!connected) return {0, fail(ErrorKind::unavailable, connected.error().what)};
      client_ = std::move(*connected);
    }
    std::vector<Status> acked(batch.messages.size(), fail(ErrorKind::unavailable, "not acknowledged"));
    for (size_t i = 0; i < batch.messages.size(); ++i) {
      auto message = prepare(batch.messages[i]);
      if (!message) {
        acked[i] = fail(ErrorKind::invalid, message.error().what);
        continue;
      }
      const auto sent = client_->publish(*message, [&acked, i](const Status& status) { acked[i] = status; });
      if (!sent) {
        acked[i] = sent;
        if (sent.error().kind != ErrorKind::invalid) break;
      }
    }
    (void)client_->flush();  // what it misses was not acknowledged
    const auto first = std::ranges::find_if(acked, [](const Status& one) { return !one.has_value(); });
    Sent result{static_cast<size_t>(first - acked.begin()), first == acked.end() ? Status() : *first};
    const bool is_broken = !result.rest && result.rest.error().kind != ErrorKind::invalid;
    if (is_broken || client_->in_flight() > 0) client_.reset();  // its callbacks refer to `acked`
    return result;
  }

 private:
  Result<mqtt::Message> prepare(const Outgoing& outgoing) const {
    auto message = mqtt::parse_message(outgoing.message);
    if (!message) return message;
    message->topic = options_.prefix + message->topic;
    message->qos = 1;
    message->user_properties.emplace_back(options_.id_property, outgoing.id);
    return message;
  }

  const MqttUpstreamOptions options_;
  std::unique_ptr<mqtt::Client> client_;
};

}  // namespace

std::unique_ptr<Endpoint> mqtt_upstream(MqttUpstreamOptions options) {
  return std::make_unique<MqttUpstream>(std::move(options));
}

}  // namespace oree::routes

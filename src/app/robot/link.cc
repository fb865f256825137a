#include "app/robot/link.h"

namespace oree::app {

Result<std::unique_ptr<FleetLink>> FleetLink::open(const mqtt::ClientOptions& options, size_t robots,
                                                   Acked acked) {
  auto client = mqtt::Client::connect(options);
  if (!client) return forward(client);
  return std::unique_ptr<FleetLink>(new FleetLink(std::move(*client), robots, std::move(acked)));
}

Status FleetLink::publish(const std::string& topic, std::string payload, size_t robot, microseconds at) {
  mqtt::Message message;
  message.topic = topic;
  const auto bytes = as_bytes(payload);
  message.payload.assign(bytes.begin(), bytes.end());
  message.qos = 1;
  message.content_type = "application/json";
  message.payload_is_utf8 = true;
  const auto sent = client_->publish(message, [this, robot, at](const Status& status) {
    if (status && acked_) acked_(robot, at);
  });
  if (!sent) return sent;
  ++published_;
  return robot + 1 == robots_ ? client_->flush() : Status();
}

}  // namespace oree::app

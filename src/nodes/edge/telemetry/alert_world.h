// What alerts need of the station: a file for their state, and its own broker for those that go to a topic.
#pragma once

#include <filesystem>
#include <memory>

#include "platform/files/files.h"
#include "services/alerts/alert_service.h"
#include "services/broker/broker.h"

namespace oree::edge {

// The alerts' state in one file of the data folder.
class StateFile final : public alerts::StateStore {
 public:
  StateFile(files::Disk& disk, std::filesystem::path path) : disk_(disk), path_(std::move(path)) {}
  Result<ByteBuffer> load() override {
    auto bytes = disk_.read(path_, kMostBytes);
    if (!bytes && bytes.error().kind == ErrorKind::not_found) return ByteBuffer();
    return bytes;
  }
  Status save(ByteView bytes) override { return disk_.write(path_, bytes); }

 private:
  static constexpr uint64_t kMostBytes = 64 << 20;
  files::Disk& disk_;
  const std::filesystem::path path_;
};

// The station's own broker, for alerts that go to a topic.
class OwnBroker final : public alerts::MqttPublisher {
 public:
  explicit OwnBroker(const std::unique_ptr<broker::Broker>& broker, Clock& clock)
      : broker_(broker), clock_(clock) {}
  Status publish(std::string_view topic, std::string_view payload, bool retain) override {
    if (!broker_) return fail(ErrorKind::unavailable, "the broker is not running");
    mqtt::Message message;
    message.topic = topic;
    const auto bytes = as_bytes(payload);
    message.payload.assign(bytes.begin(), bytes.end());
    message.qos = 1;
    message.retain = retain;
    message.received = clock_.wall();
    const auto done = broker_->publish(message);
    return done ? Status() : forward(done);
  }

 private:
  const std::unique_ptr<broker::Broker>& broker_;
  Clock& clock_;
};

}  // namespace oree::edge

// A simulated fleet's readings as MQTT publishes.
#pragma once

#include <memory>
#include <string>

#include "app/robot/fleet_player.h"
#include "platform/mqtt/client/client.h"

namespace oree::app {

// Publishes with QoS 1 and waits for the acknowledgements once for each step of the fleet. Used by one
// thread.
class FleetLink {
 public:
  // Called when a message was acknowledged: it is on the broker's disk.
  using Acked = std::function<void(size_t robot, microseconds at)>;
  static Result<std::unique_ptr<FleetLink>> open(const mqtt::ClientOptions& options, size_t robots,
                                                 Acked acked);

  Status publish(const std::string& topic, std::string payload, size_t robot, microseconds at);
  uint64_t published() const { return published_; }

 private:
  FleetLink(std::unique_ptr<mqtt::Client> client, size_t robots, Acked acked)
      : client_(std::move(client)), robots_(robots), acked_(std::move(acked)) {}
  std::unique_ptr<mqtt::Client> client_;
  const size_t robots_;
  const Acked acked_;
  std::atomic<uint64_t> published_{0};
};

}  // namespace oree::app

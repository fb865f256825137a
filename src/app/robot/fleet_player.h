// Plays a simulated fleet in real time: every robot's reading of each simulated step, published when it is
// due. The link is a function, so that the player knows nothing of MQTT.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "services/simulation/fleet.h"

namespace oree::app {

struct FleetScript {
  simulation::Fleet fleet;
  WallTime start;  // what the readings say of their time
  double speed = 1;
  microseconds step = std::chrono::seconds(1);
  microseconds length = microseconds::max();  // of simulated time
};

class FleetPlayer {
 public:
  // Called on the player's thread; an error ends the play.
  using Publish =
      std::function<Status(const std::string& topic, std::string payload, size_t robot, microseconds at)>;

  FleetPlayer(FleetScript script, const Clock& clock, Publish publish);
  ~FleetPlayer() = default;

  microseconds played() const { return microseconds(played_.load()); }
  bool ended() const { return ended_; }
  Status failure() const;  // once ended
  void stop();

 private:
  void run(const std::stop_token& stop);
  const FleetScript script_;
  const Clock& clock_;
  const Publish publish_;
  std::atomic<int64_t> played_{0};
  std::atomic<bool> ended_{false};
  Status failure_;
  std::jthread thread_;
};

}  // namespace oree::app

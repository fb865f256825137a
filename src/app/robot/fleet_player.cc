#include "app/robot/fleet_player.h"

#include <condition_variable>
#include <mutex>

namespace oree::app {

FleetPlayer::FleetPlayer(FleetScript script, const Clock& clock, Publish publish)
    : script_(std::move(script)),
      clock_(clock),
      publish_(std::move(publish)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Status FleetPlayer::failure() const {
  return ended_ ? failure_ : Status();
}

void FleetPlayer::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void FleetPlayer::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  const simulation::Pace pace{clock_.mono(), script_.speed};
  std::vector<simulation::RobotPlan> plans;
  for (size_t robot = 0; robot < script_.fleet.robots; ++robot)
    plans.push_back(simulation::plan_of(script_.fleet, robot));
  for (microseconds at{0}; at <= script_.length && !stop.stop_requested() && failure_; at += script_.step) {
    std::unique_lock lock(mutex);
    wake.wait_until(lock, stop, pace.due(at), [] { return false; });
    if (stop.stop_requested()) break;
    for (size_t robot = 0; robot < plans.size() && failure_; ++robot) {
      const auto reading = simulation::read(plans[robot], robot, at);
      failure_ =
          publish_(simulation::topic(robot), simulation::message(robot, script_.start, reading), robot, at);
    }
    played_ = at.count();
  }
  ended_ = true;
}

}  // namespace oree::app

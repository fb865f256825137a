#include "services/simulation/fleet.h"

#include <cmath>

#include "base/text.h"

namespace oree::simulation {

RobotPlan plan_of(const Fleet& fleet, size_t robot) {
  RobotPlan plan;
  plan.seed = fleet.seed;
  plan.drop_out_rate = fleet.drop_out_rate;
  plan.spike_rate = fleet.spike_rate;
  if (robot < fleet.wearing) plan.bit_life = fleet.bit_life;
  if (robot == fleet.faulty) plan.faults = fleet.faults;
  return plan;
}

std::string robot_name(size_t robot) {
  return cat("robot-", robot + 1 < 10 ? "0" : "", robot + 1);
}

std::string topic(size_t robot) {
  return cat("factory/", robot_name(robot), "/readings");
}

std::string message(size_t robot, WallTime start, const Reading& reading) {
  std::string out =
      cat("{\"robot\":\"", robot_name(robot), "\",\"time\":\"", iso_text(start + reading.at), "\"");
  for (const SensorFacts& sensor : sensors()) {
    const auto& value = reading.values[static_cast<size_t>(sensor.sensor)];
    if (!value) continue;
    const int decimals = static_cast<int>(std::lround(-std::log10(sensor.resolution)));
    out += cat(",\"", sensor.name, "\":", fixed(*value, decimals));
  }
  return out + '}';
}

microseconds Pace::simulated(MonoTime now) const {
  const std::chrono::duration<double, std::micro> real = now - started;
  return microseconds{std::llround(real.count() * speed)};
}

MonoTime Pace::due(microseconds simulated) const {
  const std::chrono::duration<double, std::micro> real(static_cast<double>(simulated.count()) / speed);
  return started + std::chrono::ceil<microseconds>(real);
}

}  // namespace oree::simulation

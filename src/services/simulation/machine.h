// The physics behind the sensors, without noise. Private to this room. Pure.
#pragma once

#include <array>

#include "services/simulation/robot.h"

namespace oree::simulation {

inline constexpr double kWornFrom = 0.7;  // share of the bit's life after which it should be changed

struct MachineState {
  std::array<double, kSensors> values{};  // in the order of Sensor
  bool drilling = false;
};

// Looks back over the last few minutes of drilling in closed form; cost does not depend on `at`.
MachineState machine_at(const RobotPlan& plan, size_t robot, microseconds at);

}  // namespace oree::simulation

// Many robots of one seed, some of which get into trouble, and their readings as messages. Pure.
//
//   Fleet fleet{.seed = 7, .robots = 40, .wearing = 1, .bit_life = 20min};
//   for (size_t r = 0; r < fleet.robots; ++r) {
//     publish(topic(r), message(r, start, read(plan_of(fleet, r), r, now)));
//   }
#pragma once

#include <string>

#include "services/simulation/robot.h"

namespace oree::simulation {

struct Fleet {
  uint64_t seed = 1;
  size_t robots = 4;
  size_t wearing = 1;         // robots 0 … wearing-1 wear out after bit_life, the others never
  microseconds bit_life{0};   // 0: nobody wears
  std::vector<Fault> faults;  // of robot `faulty`
  size_t faulty = 0;
  double drop_out_rate = 0;
  double spike_rate = 0;
};

RobotPlan plan_of(const Fleet& fleet, size_t robot);
std::string robot_name(size_t robot);  // "robot-01"
std::string topic(size_t robot);       // "factory/robot-01/readings"

// {"robot":"robot-01","time":"2026-01-01T00:00:01.000000Z","drill_speed":1203.4, …}; a dropped value is left
// out.
std::string message(size_t robot, WallTime start, const Reading& reading);

// Simulated time from real time: `speed` simulated seconds in each real one.
struct Pace {
  MonoTime started;
  double speed = 1;
  microseconds simulated(MonoTime now) const;
  MonoTime due(microseconds simulated) const;  // when that moment comes
};

}  // namespace oree::simulation

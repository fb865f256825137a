// A robot's drill cell that never existed: what its four sensors say at any time, and what is wrong with it.
//
// Every reading is a pure function of (plan, robot, time since the start). Nothing is stepped through: the
// reading after a month costs what the first one costs, readings may be asked in any order, and the same plan
// gives the same digits again. Noise changes each millisecond. Values, no threads, no I/O, no errors.
//
//   RobotPlan plan{.seed = 7, .bit_life = 30min};
//   Reading now = read(plan, 0, 90s);                       // robot 0, a minute and a half after the start
//   if (truth(plan, 0, 90s).health == Health::faulty) …     // what a detector should have said
//
// The machine: a cycle of about 20 s, of which about 12 s are drilling. Drilling makes heat; the drill and
// the cooling water follow it as first-order lags. A bit wears with the third power of its age: friction and
// temperature rise, speed falls. Robots differ a little (phase, speed, ambient), as real ones do.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace oree::simulation {

inline constexpr size_t kSensors = 4;
enum class Sensor : uint8_t { drill_speed, drill_temperature, bit_friction, cooling_temperature };

struct SensorFacts {
  Sensor sensor;
  std::string_view name;  // "drill_speed"
  std::string_view unit;  // "rpm"
  double resolution;      // readings are multiples of it
  double noise;           // standard deviation
  double spike;           // how far a spike jumps
};
std::span<const SensorFacts> sensors();
const SensorFacts& facts(Sensor sensor);

enum class FaultKind : uint8_t {
  cooling_loss,  // of the machine: the water pump stops, water and drill heat up
  bearing,       // of the machine: friction shakes, speed sags, more with time
  drift,         // of one sensor: an offset that grows by 10 times the noise in each minute
  stuck,         // of one sensor: the value at the fault's begin, for ever
  drop_outs,     // of one sensor: half of its readings are missing
  spikes,        // of one sensor: one reading in ten jumps
};
std::string_view fault_name(FaultKind kind);
std::optional<FaultKind> parse_fault(std::string_view name);

struct Fault {
  FaultKind kind = FaultKind::cooling_loss;
  Sensor sensor = Sensor::drill_temperature;  // unused by faults of the machine
  microseconds from{0};
  microseconds until = microseconds::max();
};

struct RobotPlan {
  uint64_t seed = 1;
  microseconds bit_life{0};  // from new to worn out; 0: this bit does not wear
  microseconds bit_age{0};   // at the start
  double noise = 1;          // times SensorFacts::noise
  double drop_out_rate = 0;  // of readings, each sensor for itself, in a healthy robot too
  double spike_rate = 0;
  std::vector<Fault> faults;
};

struct Reading {
  microseconds at{0};
  std::array<std::optional<double>, kSensors> values;  // nullopt: dropped out
  bool drilling = false;
};

Reading read(const RobotPlan& plan, size_t robot, microseconds at);

// healthy: wear below 0.7 and no fault. worn: 0.7 of the bit's life is over, it should be changed. faulty:
// the life is over, or a fault is on.
enum class Health : uint8_t { healthy, worn, faulty };
std::string_view health_name(Health health);

struct Truth {
  Health health = Health::healthy;
  std::string_view cause;  // "", "wear" or the name of the fault that began first
  bool operator==(const Truth&) const = default;
};
Truth truth(const RobotPlan& plan, size_t robot, microseconds at);

struct TruthSpan {
  microseconds from{0}, until{0};  // [from, until)
  Truth truth;
};
// Without gaps, in order, from `from` until `until`.
std::vector<TruthSpan> truth_spans(const RobotPlan& plan, size_t robot, microseconds from,
                                   microseconds until);

double wear(const RobotPlan& plan, microseconds at);  // 0 new, 1 worn out, more after

}  // namespace oree::simulation

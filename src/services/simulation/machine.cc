#include "services/simulation/machine.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "services/simulation/random.h"

namespace oree::simulation {

namespace {

constexpr double kCycle = 20;      // seconds from one hole to the next
constexpr double kDrillLag = 25;   // seconds: how fast the drill follows its heat
constexpr double kWaterLag = 40;   // the cooling water
constexpr int64_t kLookBack = 20;  // cycles: e^-10 of the slowest lag is left of what lies before
constexpr double kDrillHeat = 55;  // °C above ambient after drilling for ever
constexpr double kWaterHeat = 14;
constexpr double kSpinUp = 1.5;  // seconds

double seconds(microseconds time) {
  return std::chrono::duration<double>(time).count();
}

// What one robot is by itself.
struct Build {
  Dice dice;
  double phase, speed, ambient;

  Build(uint64_t seed, size_t robot)
      : dice(seed, robot),
        phase(dice.between(0, kCycle, Stream::phase, 0)),
        speed(dice.between(1180, 1220, Stream::speed, 0)),
        ambient(dice.between(20, 22, Stream::ambient, 0)) {}
};

// One hole: when the bit turns under load, and how hard the material is.
struct Hole {
  double from, until, hardness;
};

Hole hole_at(const Build& build, int64_t cycle) {
  const double start = static_cast<double>(cycle) * kCycle - build.phase;
  const double from = start + build.dice.between(0.5, 1.5, Stream::start, cycle);
  const double length = build.dice.between(11, 13, Stream::length, cycle);
  return {from, from + length, build.dice.between(0.95, 1.05, Stream::hardness, cycle)};
}

// How much of a step of heat between two times is left at `now` in a first-order lag.
double warmth(double from, double until, double now, double lag) {
  if (now <= from) return 0;
  const double end = std::min(until, now);
  return std::exp(-(now - end) / lag) - std::exp(-(now - from) / lag);
}

// Seconds that a fault has been on in all until `now`, and how it fades in with a lag after its begin.
double fault_level(const RobotPlan& plan, FaultKind kind, microseconds at, double lag) {
  double level = 0;
  for (const Fault& fault : plan.faults) {
    if (fault.kind != kind || at < fault.from) continue;
    const double end = fault.until == microseconds::max() ? seconds(at) : seconds(std::min(fault.until, at));
    level = std::max(level, warmth(seconds(fault.from), end, seconds(at), lag));
  }
  return level;
}

// Slow weather of a workshop: a day's wave and a wander over ten minutes, in -1..1.
double weather(const Build& build, double now) {
  const double day = std::sin(2 * std::numbers::pi * now / 86'400);
  const double step = now / 600;
  const double place = std::floor(step);
  const auto at = static_cast<int64_t>(place);
  const double part = (1 - std::cos(std::numbers::pi * (step - place))) / 2;
  const double before = build.dice.between(-1, 1, Stream::slow, at);
  const double after = build.dice.between(-1, 1, Stream::slow, at + 1);
  return 0.6 * day + 0.4 * (before + (after - before) * part);
}

struct Load {
  bool drilling = false;
  double level = 0;             // 0 at rest, 1 at full speed
  double hardness = 1;          // of the last hole
  double drill = 0, water = 0;  // warmth of all holes, 0..1
};

Load load_at(const Build& build, double now) {
  Load load;
  const auto last = static_cast<int64_t>(std::floor((now + build.phase) / kCycle));
  for (int64_t cycle = last - kLookBack; cycle <= last; ++cycle) {
    const Hole hole = hole_at(build, cycle);
    load.drill += hole.hardness * warmth(hole.from, hole.until, now, kDrillLag);
    load.water += hole.hardness * warmth(hole.from, hole.until, now, kWaterLag);
    if (now < hole.from) continue;
    load.drilling = now < hole.until;
    load.hardness = hole.hardness;
    const double up = std::min(1.0, (now - hole.from) / kSpinUp);
    const double down = std::max(0.0, 1 - (now - hole.until) / kSpinUp);
    load.level = std::min(up, load.drilling ? 1.0 : down);
  }
  return load;
}

}  // namespace

MachineState machine_at(const RobotPlan& plan, size_t robot, microseconds at) {
  const Build build(plan.seed, robot);
  const double now = seconds(at);
  const Load load = load_at(build, now);
  const double age = std::clamp(wear(plan, at), 0.0, 1.5);
  const double worn = age * age * age;
  const double no_water = fault_level(plan, FaultKind::cooling_loss, at, 60);
  const double bearing = fault_level(plan, FaultKind::bearing, at, 120);
  const double shake = bearing * build.dice.bell(Stream::shake, std::chrono::floor<milliseconds>(at).count());
  const double ambient = build.ambient + weather(build, now);

  MachineState out;
  out.drilling = load.drilling;
  const double sag = 1 - 0.12 * worn - 0.06 * bearing;
  out.values[0] = 250 + (build.speed - 250) * load.level * sag * (1.02 - 0.02 * load.hardness) + 12 * shake;
  const double heat = 1 + 0.8 * worn + 0.25 * bearing + 0.6 * no_water;
  out.values[1] = ambient + kDrillHeat * load.drill * heat + 10 * no_water;
  out.values[2] = 0.05 + 0.25 * load.level * load.hardness * (1 + 1.2 * worn + 0.5 * bearing) + 0.05 * shake;
  out.values[3] = ambient - 3 + kWaterHeat * load.water * (1 + 0.5 * worn) + 18 * no_water;
  return out;
}

}  // namespace oree::simulation

#include "services/simulation/robot.h"

#include <algorithm>
#include <cmath>

#include "services/simulation/machine.h"
#include "services/simulation/random.h"

namespace oree::simulation {

namespace {

constexpr SensorFacts kSensorTable[] = {
    {Sensor::drill_speed, "drill_speed", "rpm", 0.1, 6, 300},
    {Sensor::drill_temperature, "drill_temperature", "°C", 0.01, 0.4, 40},
    {Sensor::bit_friction, "bit_friction", "", 0.0001, 0.008, 0.5},
    {Sensor::cooling_temperature, "cooling_temperature", "°C", 0.01, 0.15, 15},
};

struct FaultFacts {
  FaultKind kind;
  std::string_view name;
  bool of_sensor;
};
constexpr FaultFacts kFaultTable[] = {
    {FaultKind::cooling_loss, "cooling_loss", false},
    {FaultKind::bearing, "bearing", false},
    {FaultKind::drift, "drift", true},
    {FaultKind::stuck, "stuck", true},
    {FaultKind::drop_outs, "drop_outs", true},
    {FaultKind::spikes, "spikes", true},
};

const FaultFacts& facts(FaultKind kind) {
  return kFaultTable[static_cast<size_t>(kind)];
}

bool is_on(const Fault& fault, microseconds at) {
  return fault.from <= at && at < fault.until;
}

// What a healthy sensor on this machine would say, noise included.
double clean(const RobotPlan& plan, const Dice& dice, const MachineState& machine, Sensor sensor,
             microseconds at) {
  const auto lane = static_cast<uint64_t>(sensor);
  const int64_t millisecond = std::chrono::floor<milliseconds>(at).count();
  const double noise = dice.bell(Stream::noise, millisecond, lane) * facts(sensor).noise * plan.noise;
  return machine.values[lane] + noise;
}

double minutes(microseconds time) {
  return std::chrono::duration<double, std::ratio<60>>(time).count();
}

// The value after the faults of its sensor; nullopt: nothing came.
std::optional<double> disturbed(const RobotPlan& plan, const Dice& dice, size_t robot, Sensor sensor,
                                double value, microseconds at) {
  const auto lane = static_cast<uint64_t>(sensor);
  const int64_t millisecond = std::chrono::floor<milliseconds>(at).count();
  double drop_outs = plan.drop_out_rate;
  double spikes = plan.spike_rate;
  for (const Fault& fault : plan.faults) {
    if (!facts(fault.kind).of_sensor || fault.sensor != sensor || !is_on(fault, at)) continue;
    if (fault.kind == FaultKind::drift) value += 10 * facts(sensor).noise * minutes(at - fault.from);
    if (fault.kind == FaultKind::stuck) {
      value = clean(plan, dice, machine_at(plan, robot, fault.from), sensor, fault.from);
    }
    if (fault.kind == FaultKind::drop_outs) drop_outs = std::max(drop_outs, 0.5);
    if (fault.kind == FaultKind::spikes) spikes = std::max(spikes, 0.1);
  }
  if (dice.uniform(Stream::drop_out, millisecond, lane) < drop_outs) return std::nullopt;
  if (dice.uniform(Stream::spike, millisecond, lane) < spikes) {
    const bool up = dice.uniform(Stream::spike, millisecond, lane + kSensors) < 0.5;
    value += up ? facts(sensor).spike : -facts(sensor).spike;
  }
  return value;
}

}  // namespace

std::span<const SensorFacts> sensors() {
  return kSensorTable;
}

const SensorFacts& facts(Sensor sensor) {
  return kSensorTable[static_cast<size_t>(sensor)];
}

std::string_view fault_name(FaultKind kind) {
  return facts(kind).name;
}

std::optional<FaultKind> parse_fault(std::string_view name) {
  for (const auto& row : kFaultTable) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

std::string_view health_name(Health health) {
  constexpr std::string_view kNames[] = {"healthy", "worn", "faulty"};
  return kNames[static_cast<size_t>(health)];
}

Reading read(const RobotPlan& plan, size_t robot, microseconds at) {
  const Dice dice(plan.seed, robot);
  const MachineState machine = machine_at(plan, robot, at);
  Reading reading{.at = at, .values = {}, .drilling = machine.drilling};
  for (const SensorFacts& sensor : kSensorTable) {
    const double value = clean(plan, dice, machine, sensor.sensor, at);
    auto out = disturbed(plan, dice, robot, sensor.sensor, value, at);
    // Rounded as an instrument does; it also hides the last bits in which libraries differ.
    if (out) out = std::max(0.0, std::round(*out / sensor.resolution) * sensor.resolution);
    reading.values[static_cast<size_t>(sensor.sensor)] = out;
  }
  return reading;
}

double wear(const RobotPlan& plan, microseconds at) {
  if (plan.bit_life <= microseconds{0}) return 0;
  return static_cast<double>((plan.bit_age + at).count()) / static_cast<double>(plan.bit_life.count());
}

Truth truth(const RobotPlan& plan, size_t, microseconds at) {
  const Fault* first = nullptr;
  for (const Fault& fault : plan.faults) {
    if (is_on(fault, at) && (!first || fault.from < first->from)) first = &fault;
  }
  if (first) return {Health::faulty, fault_name(first->kind)};
  const double worn = wear(plan, at);
  if (worn >= 1) return {Health::faulty, "wear"};
  if (worn >= kWornFrom) return {Health::worn, "wear"};
  return {};
}

std::vector<TruthSpan> truth_spans(const RobotPlan& plan, size_t robot, microseconds from,
                                   microseconds until) {
  std::vector<microseconds> edges{from, until};
  const auto add = [&](microseconds edge) {
    if (edge > from && edge < until) edges.push_back(edge);
  };
  for (const Fault& fault : plan.faults) {
    add(fault.from);
    add(fault.until);
  }
  if (plan.bit_life > microseconds{0}) {
    const auto life = static_cast<double>(plan.bit_life.count());
    add(microseconds{static_cast<int64_t>(std::ceil(life * kWornFrom))} - plan.bit_age);
    add(plan.bit_life - plan.bit_age);
  }
  std::ranges::sort(edges);
  std::vector<TruthSpan> spans;
  for (size_t i = 0; i + 1 < edges.size(); ++i) {
    if (edges[i] == edges[i + 1]) continue;
    const Truth here = truth(plan, robot, edges[i]);
    if (!spans.empty() && spans.back().truth == here) {
      spans.back().until = edges[i + 1];
    } else {
      spans.push_back({edges[i], edges[i + 1], here});
    }
  }
  return spans;
}

}  // namespace oree::simulation

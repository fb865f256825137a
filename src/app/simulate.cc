// oree simulate robot: drill cells that never existed, speaking MQTT.
#include <chrono>
#include <cstdio>
#include <thread>

#include "app/commands.h"
#include "app/robot/link.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/settings/telemetry_ways.h"

namespace oree::app {
namespace {

constexpr microseconds kFaultAfter = std::chrono::minutes(20);  // of simulated time

Result<FleetScript> script_of(const SimulateOptions& options, const Clock& clock) {
  FleetScript script;
  script.fleet.seed = options.seed;
  script.fleet.robots = options.robots;
  script.fleet.drop_out_rate = options.drop_outs;
  script.fleet.spike_rate = options.spikes;
  script.fleet.wearing = options.wear > 0 ? 1 : 0;
  script.fleet.bit_life = microseconds(static_cast<int64_t>(options.wear * 60e6));
  script.speed = options.speed;
  script.start = clock.wall();
  if (options.minutes > 0) script.length = microseconds(static_cast<int64_t>(options.minutes * 60e6));
  if (!options.fault.empty()) {
    const auto kind = simulation::parse_fault(options.fault);
    if (!kind) return fail(ErrorKind::invalid, cat("there is no fault '", options.fault, "'"));
    script.fleet.faults.push_back({.kind = *kind, .from = kFaultAfter});
  }
  return script;
}

}  // namespace

int run_simulate(const SimulateOptions& options) {
  block_signals();
  SystemClock clock;
  auto script = script_of(options, clock);
  if (!script) return print_error(script.error());
  auto broker = edge::parse_mqtt_address(options.broker);
  if (!broker) return print_error(broker.error());
  broker->client_id = cat("oree-simulation-", options.seed);
  auto link = FleetLink::open(*broker, options.robots, {});
  if (!link) {
    return print_error(
        link.error(), cat("start a station there, as with 'oree demo robot', or name another with --broker"));
  }
  std::printf("%zu robots speak to %s at %s times the speed of life (Ctrl-C ends it)\n", options.robots,
              options.broker.c_str(), fixed(options.speed, 1).c_str());
  std::fflush(stdout);
  FleetPlayer player(std::move(*script), clock,
                     [&link](const std::string& topic, std::string payload, size_t robot, microseconds at) {
                       return (*link)->publish(topic, std::move(payload), robot, at);
                     });
  while (!player.ended() && !signal_came(milliseconds(100))) {
  }
  player.stop();
  if (auto failure = player.failure(); !failure) return print_error(failure.error());
  std::printf("%llu messages acknowledged\n", static_cast<unsigned long long>((*link)->published()));
  return 0;
}

}  // namespace oree::app

// oree demo robot: robots speak, one wears out, and the station says so before it breaks.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "app/commands.h"
#include "app/examples.h"
#include "app/robot/link.h"
#include "app/robot/look.h"
#include "app/robot/neighbours.h"
#include "app/robot/timeline.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/edge/station/station.h"
#include "platform/json/value.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr double kSpeed = 60;
constexpr microseconds kBitLife = std::chrono::minutes(40);
constexpr double kVisible = 0.5;  // of it: 20 s into the demo
constexpr std::chrono::seconds kLongest{120};
constexpr milliseconds kLook{25};
constexpr uint16_t kFirstPort = 8000, kLastPort = 8020;

simulation::Fleet fleet() {
  return {.seed = 7, .robots = 4, .wearing = 1, .bit_life = kBitLife};
}

struct Story {
  World& world;
  Timeline timeline;
  WallTime start;             // of simulated time
  microseconds first_bad{0};  // of robot 0
  fs::path data;
};

// Wear grows with the third power of age: from half of the bit's life on it can be seen, at 0.7 the bit
// should go.
microseconds first_bad_reading() {
  const auto plan = simulation::plan_of(fleet(), 0);
  microseconds at{0};
  while (simulation::wear(plan, at) < kVisible) at += std::chrono::seconds(1);
  return at;
}

Result<std::unique_ptr<FleetPlayer>> play(Story& story, const std::string& broker,
                                          std::unique_ptr<FleetLink>& link) {
  auto options = edge::parse_mqtt_address(broker);
  if (!options) return forward(options);
  options->client_id = "oree-demo";
  const auto& clock = story.world.clock;
  auto opened = FleetLink::open(*options, fleet().robots, [&story, &clock](size_t robot, microseconds at) {
    if (robot == 0 && at >= story.first_bad) story.timeline.note(Timeline::acknowledged, clock.mono());
  });
  if (!opened) return forward(opened);
  link = std::move(*opened);
  FleetScript script{.fleet = fleet(), .start = story.start, .speed = kSpeed};
  return std::make_unique<FleetPlayer>(
      std::move(script), clock,
      [&story, &clock, &link](const std::string& topic, std::string payload, size_t robot, microseconds at) {
        if (robot == 0 && at >= story.first_bad) story.timeline.note(Timeline::bad_reading, clock.mono());
        return link->publish(topic, std::move(payload), robot, at);
      });
}

double ms_after(const Timeline& timeline, Timeline::Hop hop) {
  const auto first = timeline.at(Timeline::bad_reading);
  const auto at = timeline.at(hop);
  if (!first || !at) return -1;
  return std::chrono::duration<double, std::milli>(*at - *first).count();
}

std::string complaint(const Timeline& timeline, const Look& look) {
  if (look.false_alarm()) return "an anomaly was found in robot-01 before it began to wear out";
  if (!look.complaint().empty()) return look.complaint();
  const auto missing = timeline.missing();
  if (missing == Timeline::kHops) return "";
  return cat("this did not happen within ", kLongest.count(), " s: ", Timeline::kNames[missing]);
}

int report(const DemoOptions& options, const Story& story, const Look& look, const Pager& pager) {
  const std::string wrong = complaint(story.timeline, look);
  json::Array hops;
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < Timeline::kHops; ++i) {
    const auto hop = static_cast<Timeline::Hop>(i);
    if (!story.timeline.has(hop)) continue;
    const double after = ms_after(story.timeline, hop);
    const bool happened = story.timeline.at(hop).has_value();
    hops.push_back(json::Object{{"hop", Timeline::kNames[i]},
                                {"after_ms", happened ? json::Value(after) : json::Value()}});
    rows.push_back({std::string(Timeline::kNames[i]), happened ? cat(fixed(after, 1), " ms") : "–",
                    happened ? cat(fixed(after * kSpeed / 1000, 1), " s") : "–"});
  }
  if (options.json) {
    std::printf("%s\n", json::print(json::Object{{"story", "robot"},
                                                 {"machine", "robot-01"},
                                                 {"speed", kSpeed},
                                                 {"timeline", std::move(hops)},
                                                 {"anomaly", look.sentence()},
                                                 {"alert", pager.sentence()},
                                                 {"order", look.order()},
                                                 {"passed", wrong.empty()},
                                                 {"reason", wrong}},
                                    2)
                            .c_str());
  } else {
    print_table({"hop", "after", "robot's own time"}, rows);
    if (!look.sentence().empty()) std::printf("\nanomaly  %s\n", look.sentence().c_str());
    if (!pager.sentence().empty()) std::printf("alert    %s\n", pager.sentence().c_str());
    if (!look.summary().empty()) std::printf("order    %s\n", look.summary().c_str());
  }
  return wrong.empty() ? 0 : print_error({ErrorKind::bug, wrong});
}

Result<std::unique_ptr<edge::Station>> start_station(const DemoOptions& options,
                                                     const edge::StationFile& file, World& world,
                                                     const fs::path& data) {
  for (uint16_t port = options.once ? 0 : options.port.value_or(kFirstPort);; ++port) {
    edge::StationFile attempt = file;
    attempt.port = port;
    // The pages' port is looked for among a few; messages get theirs, or any when that is taken.
    auto& mqtt = attempt.telemetry->broker.listeners.front().port;
    if (options.once || port != options.port.value_or(kFirstPort)) mqtt = 0;
    auto station =
        edge::Station::start(std::move(attempt), data, {world.clock, world.disk, world.log, *world.backend});
    const bool taken =
        !station && station.error().kind == ErrorKind::unavailable && !options.port && !options.once;
    if (!taken || port == kLastPort) return station;
  }
}

int watch_once(const DemoOptions& options, Story& story, edge::Station& station, FleetPlayer& player,
               const Pager& pager) {
  const int64_t bad_ms =
      std::chrono::duration_cast<milliseconds>((story.start + story.first_bad).time_since_epoch()).count();
  Look look(station.url(), story.timeline, story.world.clock, bad_ms);
  const MonoTime until = story.world.clock.mono() + kLongest;
  const double whole = std::chrono::duration<double>(story.first_bad).count();
  Progress progress(static_cast<int>(whole / kSpeed) + 1);
  while (story.timeline.missing() != Timeline::kHops && story.world.clock.mono() < until && !player.ended()) {
    if (signal_came(kLook)) return 130;
    progress.step(
        static_cast<int>(std::min(whole, std::chrono::duration<double>(player.played()).count()) / kSpeed));
    if (auto looked = look.once(); !looked) return print_error(looked.error());
  }
  (void)look.once();
  player.stop();
  if (auto failure = player.failure(); !failure) return print_error(failure.error());
  return report(options, story, look, pager);
}

}  // namespace

int run_robot_demo(const DemoOptions& options) {
  block_signals();
  const auto example = find_example(options.examples, "robot");
  if (!example) return print_error(example.error());
  auto file = edge::load_station(*example / "station.yaml");
  if (!file) return print_error(file.error());
  auto world = make_world(LogLevel::error);
  if (!world) return print_error(world.error());
  const DemoData data(options.data);
  Story story{**world, Timeline(options.ledger == "ethereum"), {}, first_bad_reading(), data.path()};
  // The robots' clock runs fast; it begins so far in the past that it meets the real one when the bit is worn
  // out.
  story.start = (*world)->clock.wall() - kBitLife;
  Neighbours neighbours(**world, story.timeline, options.ledger == "ethereum");
  if (auto status = neighbours.start(*file, data.path()); !status) return print_error(status.error());
  if (auto status = neighbours.adapt(*file, data.path()); !status) return print_error(status.error());
  auto station = start_station(options, *file, **world, data.path());
  if (!station) return print_error(station.error());
  std::unique_ptr<FleetLink> link;
  auto player = play(story, (*station)->mqtt_addresses().front(), link);
  if (!player) return print_error(player.error());
  if (options.once) return watch_once(options, story, **station, **player, neighbours.pager());
  std::printf("Orée listens to four robots, one of which wears out: open %s in a browser (Ctrl-C ends it)\n",
              paint(cat((*station)->url(), "/machines"), Tone::accent).c_str());
  std::printf("the technician's page: %s; authorities: %s\n", cat((*station)->url(), "/technician/").c_str(),
              join(neighbours.authority_urls(), ", ").c_str());
  std::fflush(stdout);
  wait_for_signal();
  (*player)->stop();
  (*station)->stop();
  return 0;
}

}  // namespace oree::app

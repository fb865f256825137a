// oree demo fleet: a hub and three stations as processes of their own; a certified model reaches them in
// waves, a bad one is stopped at the first.
#include <algorithm>
#include <cstdio>
#include <functional>

#include "app/commands.h"
#include "app/examples.h"
#include "app/fleet/child.h"
#include "app/fleet/demo_packages.h"
#include "app/fleet/fleet.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/hub/hub.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr milliseconds kStart{60'000}, kLongest{120'000}, kLook{100};
constexpr int kStations = 3;
// Waves of a fleet of three; what stations find out by themselves decides, since a few seconds of requests
// prove no rate of errors.
constexpr std::string_view kPlan =
    R"({"max_exposed": 40, "waves": [{"name": "first", "count": 1, "soak": "1s"},
  {"name": "rest", "percent": 100, "soak": "1s", "max_exposed": 100}],
  "deadlines": {"offered": "60s", "downloading": "60s", "installing": "60s", "shadow": "60s"},
  "gates": {"errors": "off", "p95_ratio": "off", "drift": "off", "agreement": "off", "accuracy": "off",
            "min_stations": 1, "min_requests": 0}})";

struct Hop {
  std::string name;
  MonoTime at;
};

class FleetStory {
 public:
  FleetStory(const DemoOptions& options, World& world, fs::path ducks, fs::path data)
      : options_(options),
        world_(world),
        ducks_(std::move(ducks)),
        data_(std::move(data)),
        packages_(ducks_, data_ / "packages"),
        began_(world.clock.mono()) {}

  Status start();  // hub and stations
  Status tell();   // the two versions
  const std::vector<Hop>& hops() const { return hops_; }
  MonoTime began() const { return began_; }
  const std::string& url() const { return address_.url; }
  const std::string& why() const { return why_; }
  json::Value rollouts() { return ask("/api/v1/rollouts"); }

 private:
  Status start_hub();
  Status start_station(int number, const std::string& token);
  Status publish(const fs::path& folder, const std::string& version);
  Status roll_out(const std::string& version, const std::string& id);
  Status await(const std::string& what, const std::function<bool()>& happened);
  Status done(std::string what);
  json::Value ask(const std::string& path);
  std::string state_of(const std::string& rollout) {
    return text_member(ask(cat("/api/v1/rollouts/", rollout)), "state");
  }
  int64_t exposed_of(const std::string& rollout);
  int serving(const std::string& version);
  bool refused(const std::string& rollout);

  const DemoOptions& options_;
  World& world_;
  const fs::path ducks_, data_;
  DemoPackages packages_;
  const MonoTime began_;
  HubAddress address_;
  std::unique_ptr<HubClient> client_;
  std::unique_ptr<Child> hub_;
  std::vector<std::unique_ptr<Child>> stations_;
  std::vector<Hop> hops_;
  std::string why_;  // a station refused a version
};

Status FleetStory::done(std::string what) {
  hops_.push_back({std::move(what), world_.clock.mono()});
  if (!options_.once || !options_.json) {
    const double after = std::chrono::duration<double>(hops_.back().at - began_).count();
    std::printf("%8s s  %s\n", fixed(after, 1).c_str(), hops_.back().name.c_str());
    std::fflush(stdout);
  }
  return {};
}

Status FleetStory::await(const std::string& what, const std::function<bool()>& happened) {
  const MonoTime until = world_.clock.mono() + kLongest;
  while (!happened()) {
    if (world_.clock.mono() > until)
      return fail(ErrorKind::bug, cat("this did not happen within ", duration_text(kLongest), ": ", what));
    if (signal_came(kLook)) return fail(ErrorKind::unavailable, "stopped");
  }
  return done(what);
}

json::Value FleetStory::ask(const std::string& path) {
  return client_->call("GET", path).value_or(json::Value());
}

int64_t FleetStory::exposed_of(const std::string& rollout) {
  const auto one = ask(cat("/api/v1/rollouts/", rollout));
  const auto* stations = one.find("stations");
  return stations == nullptr ? -1 : number_member(*stations, "exposed");
}

// Stations that say that this version serves.
int FleetStory::serving(const std::string& version) {
  const auto answer = ask("/api/v1/devices");
  const auto* devices = answer.find("devices");
  int count = 0;
  if (devices == nullptr || devices->array() == nullptr) return 0;
  for (const auto& device : *devices->array()) {
    const auto* models = device.find("models");
    if (models == nullptr || models->array() == nullptr) continue;
    count += std::ranges::any_of(*models->array(), [&](const auto& model) {
      const auto* current = model.find("current");
      return current != nullptr && text_member(*current, "version") == version;
    });
  }
  return count;
}

// The roll-out remembers who refused, and why.
bool FleetStory::refused(const std::string& rollout) {
  const auto one = ask(cat("/api/v1/rollouts/", rollout));
  const auto* rows = one.find("by_station");
  if (rows != nullptr && rows->array() != nullptr) {
    for (const auto& row : *rows->array()) {
      if (auto why = text_member(row, "why"); !why.empty()) why_ = std::move(why);
    }
  }
  const auto* stations = one.find("stations");
  // A hub that looked too late saw it refused without having seen it in shadow: then nobody was exposed.
  return stations != nullptr && number_member(*stations, "failed") == 1 &&
         number_member(*stations, "exposed") <= 1;
}

Status FleetStory::start_hub() {
  const fs::path folder = data_ / "hub";
  if (auto made = world_.disk.make_folder(folder); !made) return made;
  if (auto written = world_.disk.write(folder / "release.pem", as_bytes(packages_.public_key())); !written)
    return written;
  const std::string port = options_.once ? "0" : cat(options_.port.value_or(8200));
  const std::string yaml = cat("hub: works\nlisten: 127.0.0.1:", port,
                               "\npackages: {signers: [release.pem]}\nreport_every: 1s\ntick: 200ms\n");
  if (auto written = world_.disk.write(folder / "hub.yaml", as_bytes(yaml)); !written) return written;
  auto child =
      Child::start({"hub", "--config", (folder / "hub.yaml").string(), "--data", (folder / "data").string()},
                   (folder / "hub.log").string());
  if (!child) return forward(child);
  hub_ = *std::move(child);
  const auto url = hub_->wait_for("listening on ", kStart);
  if (!url) return forward(url, "the hub");
  address_.url = *url;
  client_ = std::make_unique<HubClient>(address_);
  return done(cat("the hub listens on ", *url));
}

Status FleetStory::start_station(int number, const std::string& token) {
  const std::string name = cat("line-", number);
  const fs::path folder = data_ / name;
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::copy(ducks_ / "models", folder / "models", fs::copy_options::recursive, error);
  if (error) return fail(ErrorKind::unavailable, cat("cannot copy the ducks' model: ", error.message()));
  const std::string yaml = cat(
      "station: ", name, "\nlisten: 127.0.0.1:0\nmodels: models\ncameras:\n  top: {type: folder, path: \"",
      (ducks_ / "images").string(), "\", loop: true, deadline: 2s}\n",
      "steps:\n  duck: {camera: top, model: ducks, rule: {type: expected_label, label: good}}\n",
      "item_rule: {type: all}\ntriggers:\n  - {type: timer, every: 100ms}\nstorage: {max_bytes: 200MB, "
      "max_age: 1d}\n",
      "fleet: {hub: \"", address_.url, "\", token: \"", token, "\", model_keys: \"",
      (data_ / "hub" / "release.pem").string(), "\", tags: [\"site=works\"]}\n");
  if (auto written = world_.disk.write(folder / "station.yaml", as_bytes(yaml)); !written) return written;
  auto child = Child::start(
      {"edge", "--config", (folder / "station.yaml").string(), "--data", (folder / "data").string()},
      (folder / "station.log").string());
  if (!child) return forward(child);
  stations_.push_back(*std::move(child));
  return {};
}

Status FleetStory::start() {
  if (auto started = start_hub(); !started) return started;
  const auto token = hub::invite(data_ / "hub" / "data", {.note = "demo", .uses = kStations}, world_.clock);
  if (!token) return forward(token);
  for (int number = 1; number <= kStations; ++number) {
    if (auto started = start_station(number, *token); !started) return started;
  }
  for (const auto& station : stations_) {
    if (auto listens = station->wait_for("listening on ", kStart); !listens)
      return forward(listens, "a station");
  }
  return await("three stations have joined with one invitation, and inspect ducks with version 1", [&] {
    const auto answer = ask("/api/v1/devices");
    const auto* counts = answer.find("counts");
    return counts != nullptr && number_member(*counts, "online") == kStations;
  });
}

Status FleetStory::publish(const fs::path& folder, const std::string& version) {
  PublishOptions options{.hub = address_, .folder = folder};
  const auto package = publish_folder(*client_, options);
  if (!package) return forward(package, folder.string());
  return done(cat("version ", version, " is published, ",
                  text_member(*package, "signer").empty() ? "unsigned" : "signed", "; TUF vouches for it"));
}

Status FleetStory::roll_out(const std::string& version, const std::string& id) {
  const json::Object wanted{
      {"model", "ducks"},
      {"version", version},
      {"plan", kPlan},
      {"shadow", json::Object{{"percent", 100}, {"requests", 10}, {"at_most_s", 60}, {"agreement", 0.9}}},
      {"watch_s", 2}};
  const auto started = client_->call("POST", "/api/v1/rollouts", json::print(wanted));
  if (!started) return forward(started);
  if (text_member(*started, "id") != id)
    return fail(ErrorKind::bug, "the demo's data folder has been used before");
  return {};
}

Status FleetStory::tell() {
  const auto certified = packages_.make_certified(world_);
  if (!certified) return forward(certified);
  if (auto said = done("version 2 is optimised, certified and signed"); !said) return said;
  if (auto published = publish(*certified, "2"); !published) return published;
  if (auto started = roll_out("2", "r-1"); !started) return started;
  if (auto seen = await("first wave: one station serves version 2", [&] { return serving("2") >= 1; }); !seen)
    return seen;
  if (auto seen = await("all three serve version 2: the roll-out is done",
                        [&] { return serving("2") == kStations && state_of("r-1") == "done"; });
      !seen)
    return seen;
  const auto mixed_up = packages_.make_mixed_up(world_, *certified);
  if (!mixed_up) return forward(mixed_up);
  if (auto published = publish(*mixed_up, "3, whose labels somebody has mixed up,"); !published)
    return published;
  if (auto started = roll_out("3", "r-2"); !started) return started;
  if (auto seen = await("first wave: one station tries version 3 beside version 2, and refuses it",
                        [&] { return refused("r-2"); });
      !seen)
    return seen;
  if (auto seen = await("the roll-out is stopped by itself, version 3 is on the list of bad ones",
                        [&] { return state_of("r-2") == "aborted"; });
      !seen)
    return seen;
  if (exposed_of("r-2") > 1) return fail(ErrorKind::bug, "version 3 reached more than one station");
  return await("all three serve version 2, as before", [&] { return serving("2") == kStations; });
}

int report(const DemoOptions& options, FleetStory& story, const Status& outcome) {
  const std::string wrong = outcome ? "" : outcome.error().what;
  if (options.json) {
    json::Array hops;
    for (const auto& hop : story.hops()) {
      const double after = std::chrono::duration<double, std::milli>(hop.at - story.began()).count();
      hops.push_back(json::Object{{"hop", hop.name}, {"after_ms", after}});
    }
    const auto rollouts = outcome ? story.rollouts() : json::Value();
    const auto* list = rollouts.find("rollouts");
    std::printf("%s\n", json::print(json::Object{{"story", "fleet"},
                                                 {"timeline", std::move(hops)},
                                                 {"rollouts", list == nullptr ? json::Value() : *list},
                                                 {"refused_because", story.why()},
                                                 {"passed", wrong.empty()},
                                                 {"reason", wrong}},
                                    2)
                            .c_str());
  }
  return outcome ? 0 : print_error(outcome.error());
}

}  // namespace

int run_fleet_demo(const DemoOptions& options) {
  block_signals();
  const auto ducks = find_example(options.examples, "ducks");
  if (!ducks) return print_error(ducks.error());
  auto world = make_world(LogLevel::error);
  if (!world) return print_error(world.error());
  const DemoData data(options.data);
  FleetStory story(options, **world, fs::absolute(*ducks), fs::absolute(data.path()));
  auto outcome = story.start();
  if (outcome && !options.once) {
    std::printf("the hub's pages: %s (Ctrl-C ends everything)\n",
                paint(cat(story.url(), "/fleet/"), Tone::accent).c_str());
    std::fflush(stdout);
  }
  if (outcome) outcome = story.tell();
  const int code = report(options, story, outcome);
  if (!options.once && outcome) wait_for_signal();
  return code;
}

}  // namespace oree::app

#include "services/modules/plan.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::modules;
using manifest::RestartPolicy;
using manifest::WantedStatus;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const WallTime kNow{std::chrono::hours(24 * 365 * 50)};

Spec spec_of(std::string name, RestartPolicy restart = RestartPolicy::always, std::string digest = "d1") {
  Spec spec;
  spec.name = std::move(name);
  spec.digest = std::move(digest);
  spec.restart = restart;
  return spec;
}

Observed running(std::string name, WallTime since = kNow - minutes(1)) {
  return {.name = std::move(name), .digest = "d1", .phase = Phase::running, .started = since};
}

Observed exited(std::string name, int code, WallTime at) {
  return {.name = std::move(name),
          .digest = "d1",
          .phase = Phase::exited,
          .exit_code = code,
          .started = at - seconds(1),
          .finished = at};
}

Snapshot with(std::vector<Spec> wanted, std::vector<Observed> observed) {
  Snapshot out{.wanted = std::move(wanted), .observed = std::move(observed), .now = kNow};
  for (const auto& spec : out.wanted) out.images[spec.name] = {ImageState::ready, ""};
  return out;
}

std::string words(const Outlook& outlook) {
  std::string out;
  for (const auto& step : outlook.steps)
    out += std::string(act_name(step.act)) + " " + step.module + (step.is_restart ? "*; " : "; ");
  return out;
}

}  // namespace

TEST_CASE("Modules are made and started in their order, and what nobody wants is removed") {
  auto snapshot = with({spec_of("late"), spec_of("early"), spec_of("resting")}, {running("old")});
  snapshot.wanted[0].startup_order = 9;
  snapshot.wanted[1].startup_order = 1;
  snapshot.wanted[2].startup_order = 5;
  snapshot.wanted[2].status = WantedStatus::stopped;
  CHECK(words(plan(snapshot, {})) ==
        "stop old; remove old; create early; start early; create resting; create late; start late; ");
}

TEST_CASE("What is as wanted is left alone") {
  const auto outlook = plan(with({spec_of("a")}, {running("a")}), {});
  CHECK(words(outlook) == "");
  CHECK(outlook.statuses.at("a") == ModuleStatus::running);
  CHECK(!outlook.next);
}

TEST_CASE("A new version is fetched before the old one stops") {
  auto snapshot = with({spec_of("a", RestartPolicy::always, "d2")}, {running("a")});
  snapshot.images["a"] = {ImageState::missing, ""};
  CHECK(words(plan(snapshot, {})) == "fetch a; ");
  snapshot.images["a"] = {ImageState::fetching, ""};
  CHECK(words(plan(snapshot, {})) == "");
  snapshot.images["a"] = {ImageState::ready, ""};
  CHECK(words(plan(snapshot, {})) == "stop a; remove a; create a; start a; ");
}

TEST_CASE("Restart policies decide as the agent's do") {
  const auto decide = [](RestartPolicy policy, int code) {
    const auto outlook = plan(with({spec_of("a", policy)}, {exited("a", code, kNow - minutes(6))}), {});
    return std::pair(words(outlook), outlook.statuses.at("a"));
  };
  CHECK(decide(RestartPolicy::always, 0) ==
        std::pair<std::string, ModuleStatus>("start a*; ", ModuleStatus::backoff));
  CHECK(decide(RestartPolicy::always, 1).first == "start a*; ");
  CHECK(decide(RestartPolicy::on_failure, 0) ==
        std::pair<std::string, ModuleStatus>("", ModuleStatus::stopped));
  CHECK(decide(RestartPolicy::on_failure, 1).first == "start a*; ");
  CHECK(decide(RestartPolicy::on_unhealthy, 0).first == "");
  CHECK(decide(RestartPolicy::on_unhealthy, 1).first == "start a*; ");
  CHECK(decide(RestartPolicy::never, 1) == std::pair<std::string, ModuleStatus>("", ModuleStatus::failed));
}

TEST_CASE("The pause doubles from ten seconds to five minutes, and the twentieth restart is the last") {
  for (const auto& [restarts, pause] :
       std::vector<std::pair<int, int>>{{0, 10}, {1, 20}, {2, 40}, {3, 80}, {4, 160}, {5, 300}, {19, 300}}) {
    CAPTURE(restarts);
    CHECK(cool_off(restarts, {}) == seconds(pause));
    auto early = with({spec_of("a")}, {exited("a", 1, kNow - seconds(pause) + seconds(1))});
    early.history["a"].restarts = restarts;
    const auto waits = plan(early, {});
    CHECK(words(waits) == "");
    CHECK(waits.next == kNow + seconds(1));
    auto due = with({spec_of("a")}, {exited("a", 1, kNow - seconds(pause))});
    due.history["a"].restarts = restarts;
    const auto starts = plan(due, {});
    CHECK(words(starts) == "start a*; ");
    CHECK(starts.history.at("a").restarts == restarts + 1);
  }
  auto over = with({spec_of("a")}, {exited("a", 0, kNow - minutes(10))});
  over.history["a"].restarts = 20;
  const auto outlook = plan(over, {});
  CHECK(words(outlook) == "");
  CHECK(outlook.statuses.at("a") == ModuleStatus::failed);
}

TEST_CASE("Ten minutes of running clear the count, and somebody's restart clears it at once") {
  auto snapshot = with({spec_of("a")}, {running("a", kNow - minutes(9))});
  snapshot.history["a"].restarts = 7;
  auto outlook = plan(snapshot, {});
  CHECK(outlook.history.at("a").restarts == 7);
  CHECK(outlook.next == kNow + minutes(1));
  snapshot.now = kNow + minutes(1);
  CHECK(plan(snapshot, {}).history.at("a").restarts == 0);
  snapshot.history["a"].forced = true;
  outlook = plan(snapshot, {});
  CHECK(words(outlook) == "stop a; start a; ");
  CHECK(outlook.history.at("a") == History{});
}

TEST_CASE("An unhealthy module is stopped, waits and starts again, even if it stopped well") {
  auto snapshot = with({spec_of("a", RestartPolicy::on_unhealthy)}, {running("a")});
  snapshot.observed[0].unhealthy = true;
  auto outlook = plan(snapshot, {});
  CHECK(words(outlook) == "stop a; ");
  CHECK(outlook.statuses.at("a") == ModuleStatus::unhealthy);
  snapshot.history = outlook.history;
  snapshot.observed = {exited("a", 0, kNow)};
  outlook = plan(snapshot, {});
  CHECK(words(outlook) == "");
  CHECK(outlook.statuses.at("a") == ModuleStatus::backoff);
  snapshot.now = kNow + seconds(10);
  CHECK(words(plan(snapshot, {})) == "start a*; ");
  snapshot.wanted[0].restart = RestartPolicy::never;
  snapshot.observed = {running("a")};
  snapshot.observed[0].unhealthy = true;
  snapshot.history.clear();
  CHECK(words(plan(snapshot, {})) == "");
}

TEST_CASE("A clock that was set back keeps no module down") {
  auto snapshot = with({spec_of("a")}, {exited("a", 1, kNow + std::chrono::hours(24))});
  CHECK(words(plan(snapshot, {})) == "start a*; ");
}

TEST_CASE("Wanted to stop and to run again is no restart") {
  auto snapshot = with({spec_of("a")}, {running("a")});
  snapshot.wanted[0].status = WantedStatus::stopped;
  auto outlook = plan(snapshot, {});
  CHECK(words(outlook) == "stop a; ");
  snapshot.history = outlook.history;
  snapshot.observed = {exited("a", 137, kNow)};
  CHECK(words(plan(snapshot, {})) == "");
  snapshot.wanted[0].status = WantedStatus::running;
  outlook = plan(snapshot, {});
  CHECK(words(outlook) == "start a; ");
  CHECK(outlook.history.at("a").restarts == 0);
}

TEST_CASE("What cannot be made is tried again with pauses, and the old one stays meanwhile") {
  auto snapshot = with({spec_of("a", RestartPolicy::never, "d2")}, {running("a")});
  snapshot.history["a"] = {
      .failed_starts = 2, .last_failed_start = kNow - seconds(5), .error = "no such image"};
  auto outlook = plan(snapshot, {});
  CHECK(words(outlook) == "");
  CHECK(outlook.next == kNow + seconds(15));
  CHECK(outlook.statuses.at("a") == ModuleStatus::running);
  snapshot.now = kNow + seconds(15);
  CHECK(words(plan(snapshot, {})) == "stop a; remove a; create a; start a; ");
}

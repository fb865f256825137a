// Real processes of this machine, kept by a real keeper.
#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "services/modules/process/process_runtime.h"
#include "services/modules/testing/conformance.h"

using namespace oree;
using namespace oree::modules;
using namespace oree::modules::testing;
namespace fs = std::filesystem;

namespace {

// A folder of its own, emptied and its processes ended afterwards.
struct Place {
  Place() {
    std::string name = (fs::temp_directory_path() / "oree-modules-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
  }
  ~Place() {
    ProcessRuntime last(settings(), ControlGroups(), disk, clock);
    if (const auto all = last.observe()) {
      for (const auto& one : *all) {
        (void)last.stop(one.name, milliseconds(100));
        (void)last.remove(one.name);
      }
    }
    fs::remove_all(folder);
  }
  ProcessSettings settings() const {
    return {.folder = folder / "processes",
            .keeper_program = {OREE_KEEPER},
            .log = {.bytes = 200'000, .files = 2}};
  }
  Runtime& again() {
    runtimes.push_back(std::make_unique<ProcessRuntime>(settings(), ControlGroups(), disk, clock));
    return *runtimes.back();
  }
  json::Value file(const std::string& module, std::string_view name) {
    const auto bytes = disk.read(folder / "processes" / module / name, 1 << 20);
    return bytes ? json::parse(as_text(*bytes)).value() : json::Value();
  }

  fs::path folder;
  files::RealDisk disk;
  SystemClock clock;
  std::vector<std::unique_ptr<ProcessRuntime>> runtimes;
};

Spec shell(std::string name, std::string script) {
  Spec spec;
  spec.name = std::move(name);
  spec.digest = "digest-of-" + spec.name;
  spec.kind = Kind::process;
  spec.command = {"/bin/sh", "-c", std::move(script)};
  return spec;
}

const std::string kLives = "echo hello; trap 'exit 0' TERM; while :; do sleep 0.01; done";

bool is_running(const Observed& one) {
  return one.phase == Phase::running;
}
bool has_exited(const Observed& one) {
  return one.phase == Phase::exited;
}

}  // namespace

TEST_CASE("Processes keep to what every runtime keeps to") {
  Place place;
  conforms({[&]() -> Runtime& { return place.again(); }, shell("lives", kLives),
            shell("fails", "echo on error >&2; exit 3")});
}

TEST_CASE("A program that is not there is told by its name and tried no further") {
  Place place;
  Runtime& runtime = place.again();
  auto spec = shell("absent", "");
  spec.command = {"/nowhere/program"};
  REQUIRE(runtime.create(spec));
  const auto started = runtime.start("absent");
  REQUIRE(!started);
  CHECK(started.error().kind == ErrorKind::not_found);
  CHECK(started.error().what.find("module 'absent': cannot run '/nowhere/program'") == 0);
}

TEST_CASE("A module never runs twice") {
  Place place;
  Runtime& runtime = place.again();
  REQUIRE(runtime.create(shell("once", kLives)));
  REQUIRE(runtime.start("once"));
  await(runtime, "once", is_running);
  const auto second = place.again().start("once");
  REQUIRE(!second);
  CHECK(second.error().kind == ErrorKind::conflict);
}

TEST_CASE("A keeper that is killed takes its module along, and the next look says that it was lost") {
  Place place;
  Runtime& runtime = place.again();
  REQUIRE(runtime.create(shell("lost", kLives)));
  REQUIRE(runtime.start("lost"));
  await(runtime, "lost", is_running);
  const auto state = parse_state(place.file("lost", "state.json"));
  REQUIRE(state);
  REQUIRE(::kill(state->keeper.pid, SIGKILL) == 0);
  const auto seen = await(runtime, "lost", has_exited);
  CHECK(seen.exit_code == 137);
  CHECK(seen.detail == "it was lost together with its keeper");
  CHECK(!is_alive(state->module));
  REQUIRE(runtime.start("lost"));
  await(runtime, "lost", is_running);
}

TEST_CASE("A number that another process has now is not taken for the module") {
  Place place;
  Runtime& runtime = place.again();
  REQUIRE(runtime.create(shell("old", kLives)));
  const auto me = identify(::getpid());
  REQUIRE(me);
  ProcessId other = *me;
  other.started += 1;
  const KeeperState state{other, other, place.clock.wall()};
  const auto text = json::print(to_json(state));
  REQUIRE(place.disk.write(place.folder / "processes/old/state.json", as_bytes(text)));
  CHECK(look(runtime, "old")->phase == Phase::exited);
  REQUIRE(runtime.stop("old", milliseconds(10)));  // must not stop this very test
}

TEST_CASE("What does not hear its stop signal is killed after its grace, with all that it started") {
  Place place;
  Runtime& runtime = place.again();
  auto spec =
      shell("deaf", "trap '' TERM; (trap '' TERM; exec setsid sleep 1000) & echo $!; wait; sleep 1000");
  spec.grace = milliseconds(50);
  REQUIRE(runtime.create(spec));
  REQUIRE(runtime.start("deaf"));
  const std::string said = await_log(runtime, "deaf", "\n");
  const auto inner = identify(parse_number<pid_t>(trim(said)).value_or(0));
  REQUIRE(inner);
  REQUIRE(runtime.stop("deaf", milliseconds(50)));
  CHECK(await(runtime, "deaf", has_exited).exit_code == 137);
  CHECK(!is_alive(*inner));
}

TEST_CASE("The environment, the folder and the stop signal are the spec's") {
  Place place;
  Runtime& runtime = place.again();
  auto spec =
      shell("told", "trap 'echo interrupted; exit 7' INT; echo $COLOUR $PWD; while :; do sleep 0.01; done");
  spec.environment = {{"COLOUR", "blue"}};
  spec.folder = "/";
  spec.stop_signal = SIGINT;
  REQUIRE(runtime.create(spec));
  REQUIRE(runtime.start("told"));
  await_log(runtime, "told", "blue /\n");
  REQUIRE(runtime.stop("told", milliseconds(5'000)));
  CHECK(await(runtime, "told", has_exited).exit_code == 7);
  await_log(runtime, "told", "interrupted\n");
}

TEST_CASE(
    "A probe that fails as often as it may makes the module unhealthy, and one that goes well again does "
    "not") {
  Place place;
  Runtime& runtime = place.again();
  auto spec = shell("ill", kLives);
  const fs::path flag = place.folder / "well";
  spec.health = {.command = {"/bin/sh", "-c", cat("test -e ", flag.string())},
                 .interval = milliseconds(5),
                 .timeout = milliseconds(5'000),
                 .retries = 2};
  std::ofstream(flag) << "yes";
  REQUIRE(runtime.create(spec));
  REQUIRE(runtime.start("ill"));
  const auto says = [&](std::string_view word) {
    const auto health = place.file("ill", "health.json");
    const auto* status = health.find("status");
    return status != nullptr && status->text() != nullptr && *status->text() == word;
  };
  await(runtime, "ill", [&](const auto& one) { return is_running(one) && says("healthy"); });
  fs::remove(flag);
  await(runtime, "ill", [](const auto& one) { return one.unhealthy; });
  std::ofstream(flag) << "yes";
  await(runtime, "ill", [](const auto& one) { return !one.unhealthy; });
}

TEST_CASE("A module that needs more memory than it may have is stopped, and that is said") {
  Place place;
  auto groups = ControlGroups::find("test" + place.folder.filename().string().substr(13));
  if (!groups.available()) {
    MESSAGE("no control groups here: " << groups.why_not());
    return;
  }
  ProcessRuntime runtime(place.settings(), groups, place.disk, place.clock);
  auto spec = shell("greedy", "x=a; while :; do x=$x$x; done");
  spec.limits = {.memory_bytes = 32u << 20, .cpus = 0.5, .processes = 16};
  REQUIRE(runtime.create(spec));
  REQUIRE(runtime.start("greedy"));
  const auto seen = await(runtime, "greedy", has_exited);
  CHECK(seen.exit_code == 137);
  CHECK(seen.detail == "it needed more memory than it may have");
  REQUIRE(runtime.remove("greedy"));
}

TEST_CASE("Control groups of version 2 get their limits, and a station without them says why") {
  Place place;
  const fs::path root = place.folder / "cgroup";
  fs::create_directories(root / "system.slice/oree.service");
  std::ofstream(root / "cgroup.controllers") << "cpu memory pids\n";
  std::ofstream(place.folder / "self") << "0::/system.slice/oree.service\n";
  CHECK(!ControlGroups::find("a", root, place.folder / "self").available());
  std::ofstream(root / "system.slice/oree.service/cgroup.subtree_control") << "";
  const auto groups = ControlGroups::find("a", root, place.folder / "self");
  REQUIRE(groups.available());
  CHECK(groups.version() == 2);
  const auto text = [&](const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
  };
  CHECK(text(root / "system.slice/oree.service/cgroup.subtree_control") == "+memory +cpu +pids");
  const fs::path folder = root / "system.slice/oree.service/oree-a-m";
  fs::create_directories(folder);
  for (const auto* file : {"memory.max", "cpu.max", "pids.max"}) std::ofstream(folder / file) << "";
  REQUIRE(groups.make("m", {.memory_bytes = 1000, .cpus = 1.5, .processes = 7}));
  CHECK(text(folder / "memory.max") == "1000");
  CHECK(text(folder / "cpu.max") == "150000 100000");
  CHECK(text(folder / "pids.max") == "7");
  fs::remove(folder / "pids.max");
  CHECK(groups.make("m", {.processes = 7}).error().what.find("cannot limit module 'm'") == 0);
}

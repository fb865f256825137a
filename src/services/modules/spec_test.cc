#include "services/modules/spec.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::modules;

namespace {

manifest::Module module_with(std::string_view options, std::string image = "reg.io/classifier:v1") {
  manifest::Module module{.name = "m", .image = std::move(image)};
  module.create_options = json::parse(options).value();
  return module;
}

const SpecSettings kProcess{.station = "edge-1",
                            .rules = {{"*/classifier:*", {"/bin/run", "--fast"}, "/srv"}}};

Result<Spec> process(std::string_view options) {
  return make_spec(module_with(options), {}, kProcess);
}

}  // namespace

TEST_CASE(
    "createOptions that a process can have are taken, the keys' order changes nothing, their values do") {
  const auto spec = process(
      R"({"Cmd": ["--port", "80"], "Env": ["A=1", "B"], "StopSignal": "SIGINT",
          "Healthcheck": {"Test": ["CMD-SHELL", "curl -f x"], "Interval": 5000000000, "Retries": 2},
          "HostConfig": {"Memory": 1000000, "NanoCpus": 1500000000, "PidsLimit": 9}})");
  REQUIRE_MESSAGE(spec, (spec ? "" : spec.error().what));
  CHECK(spec->kind == Kind::process);
  CHECK(spec->command == std::vector<std::string>{"/bin/run", "--fast", "--port", "80"});
  CHECK(spec->folder == "/srv");
  CHECK(spec->stop_signal == 2);
  CHECK(spec->limits == Limits{.memory_bytes = 1'000'000, .cpus = 1.5, .processes = 9});
  CHECK(spec->health.command == std::vector<std::string>{"/bin/sh", "-c", "curl -f x"});
  CHECK(spec->health.interval == std::chrono::seconds(5));
  CHECK(spec->environment.front() == EnvironmentVariable{"A", "1"});
  CHECK(process(R"({"HostConfig": {"Memory": 7, "PidsLimit": 9}})")->digest ==
        process(R"({"HostConfig": {"PidsLimit": 9, "Memory": 7}})")->digest);
  CHECK(process(R"({"HostConfig": {"Memory": 7}})")->digest !=
        process(R"({"HostConfig": {"Memory": 8}})")->digest);
}

TEST_CASE("The manifest's variables win over createOptions', the agent's over both") {
  auto module = module_with(R"({"Env": ["A=1", "B=1", "IOTEDGE_MODULEID=x"]})");
  module.environment = {{"B", "2"}};
  const auto spec = make_spec(module, {}, kProcess);
  REQUIRE(spec);
  const auto value = [&](std::string_view name) {
    for (const auto& one : spec->environment) {
      if (one.name == name) return one.value;
    }
    return std::string("absent");
  };
  CHECK(value("A") == "1");
  CHECK(value("B") == "2");
  CHECK(value("IOTEDGE_MODULEID") == "m");
  CHECK(value("IOTEDGE_DEVICEID") == "edge-1");
}

TEST_CASE("What cannot be done is refused by name") {
  for (const auto* wrong : {R"({"Cmd": [1]})", R"({"Env": {"A": 1}})", R"({"Env": ["=1"]})",
                            R"({"StopSignal": "SIGFOO"})", R"({"Healthcheck": {"Test": ["curl"]}})"}) {
    const auto spec = process(wrong);
    REQUIRE(!spec);
    CHECK(spec.error().what.find("module 'm': createOptions.") == 0);
  }
  const auto nowhere = make_spec(module_with("{}", "other:1"), {}, kProcess);
  REQUIRE(!nowhere);
  CHECK(nowhere.error().kind == ErrorKind::unsupported);
}

TEST_CASE("An image without a rule is a container, with the credential of its registry") {
  SpecSettings settings = kProcess;
  settings.has_engine = true;
  manifest::Manifest manifest;
  manifest.registries = {{"other", "u", "p", "other.io"}, {"mine", "me", "secret", "https://reg.io/"}};
  const auto spec =
      make_spec(module_with(R"({"HostConfig": {"Privileged": true}, "Env": ["A=1"]})", "reg.io/x:2"),
                manifest, settings);
  REQUIRE(spec);
  CHECK(spec->kind == Kind::container);
  CHECK(spec->registry->username == "me");
  CHECK(*spec->body.find("Image")->text() == "reg.io/x:2");
  CHECK(*spec->body.find("HostConfig")->find("Privileged")->boolean());
  CHECK(!make_spec(module_with("{}", "reg.io.evil/x:2"), manifest, settings)->registry);
}

TEST_CASE("The modules of the system, and images said to be, are the station itself") {
  auto module = module_with("{}", "mcr.microsoft.com/azureiotedge-agent:1.1");
  module.system = true;
  CHECK(make_spec(module, {}, {})->kind == Kind::station);
  CHECK(make_spec(module_with("{}"), {}, {.rules = {{"*", {}, ""}}})->kind == Kind::station);
}

#include "core/manifest/manifest.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/text.h"

using namespace oree;
using namespace oree::manifest;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string brief() {
  return read_file(OREE_SOURCE_DIR "/examples/iotedge/deployment.json");
}

// The brief's manifest with one thing in it written otherwise.
std::string with(std::string_view old, std::string_view fresh) {
  std::string text = brief();
  const size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), fresh);
}

std::string mistake(const std::string& text) {
  const auto read = parse_manifest(text, "deployment.json");
  return read ? "" : read.error().what;
}

const Module& module_of(const Manifest& manifest, std::string_view name) {
  const auto found = std::ranges::find(manifest.modules, name, &Module::name);
  REQUIRE(found != manifest.modules.end());
  return *found;
}

constexpr std::string_view kClassifier = "\"image\": \"fruitregistry.azurecr.io/classifier:v1\",";
constexpr std::string_view kOptions =
    "\"createOptions\": \"{\\\"ExposedPorts\\\": {\\\"80/tcp\\\": {}},\\\"HostConfig\\\": "
    "{\\\"PortBindings\\\": {\\\"80/tcp\\\": [{\\\"HostPort\\\": \\\"80\\\"}]}}}\"";
constexpr std::string_view kRoute = "\"FROM /messages/* INTO $upstream\"";

}  // namespace

TEST_CASE("The manifest of brief 000 is read as it stands") {
  const auto read = parse_manifest(brief(), "deployment.json");
  REQUIRE_MESSAGE(read, read.error().what);
  REQUIRE(read->modules.size() == 3);
  CHECK(read->modules[0].name == "ImageClassifier");
  CHECK(read->modules[1].name == "edgeAgent");
  CHECK(read->modules[1].system);
  const Module& classifier = module_of(*read, "ImageClassifier");
  CHECK(classifier.image == "fruitregistry.azurecr.io/classifier:v1");
  CHECK(classifier.restart == RestartPolicy::always);
  CHECK(classifier.startup_order == 0xFFFFFFFF);
  REQUIRE(classifier.create_options.find("HostConfig") != nullptr);
  CHECK(read->registries.at(0).address == "fruitregistry.azurecr.io");
  CHECK(read->routes.at(0).text == "FROM /messages/* INTO $upstream");
  CHECK(read->time_to_live == 7200);
}

TEST_CASE("What the original accepts is accepted") {
  const std::vector<std::pair<std::string_view, std::string>> rows{
      {"\"schemaVersion\": \"1.1\"", "\"schemaVersion\": \"1.7.2\""},
      {"\"restartPolicy\": \"always\"", "\"startupOrder\": 4294967295, \"restartPolicy\": \"on-unhealthy\""},
      {"\"version\": \"1.0\"", "\"imagePullPolicy\": \"never\""},
      {kRoute, "{\"route\": \"FROM /* INTO $upstream\", \"priority\": 9, \"timeToLiveSecs\": 4294967295}"},
      {"\"timeToLiveSecs\": 7200", "\"timeToLiveSecs\": -1, \"storeLimits\": {\"maxSizeBytes\": 1}"},
      {kOptions, "\"createOptions\": \"\""},
      {kOptions, "\"createOptions\": \"null\""},
      {kOptions, "\"createOptions\": {\"Env\": []}"},
      {kOptions, "\"createOptions01\": \"[]}\", \"createOptions\": \"{\\\"Env\\\":\""},
      {kOptions, "\"digest\": \"sha256:0\""},
      {"\"version\": \"1.0\",", ""},
      {"\"minDockerVersion\": \"v1.25\",", ""},
  };
  for (const auto& [old, fresh] : rows) {
    CAPTURE(fresh);
    CHECK(mistake(with(old, fresh)) == "");
  }
}

TEST_CASE("What the original refuses is refused, with its place and a way out") {
  const std::vector<std::tuple<std::string_view, std::string, std::string_view>> rows{
      {"\"restartPolicy\": \"always\"", "\"restartPolicy\": \"allways\"",
       "deployment.json:32:15: $edgeAgent.systemModules.edgeHub.restartPolicy: must be never, on-failure, "
       "on-unhealthy or always, got 'allways'; did you mean 'always'?"},
      {"\"status\": \"running\"", "\"status\": \"started\"", "must be running or stopped, got 'started'"},
      {"\"status\": \"running\",", "", "'status' is missing"},
      {"\"schemaVersion\": \"1.1\"", "\"schemaVersion\": \"2.0\"", "must be a version 1.x"},
      {"\"schemaVersion\": \"1.1\"", "\"schemaVersion\": \"1\"", "must be a version 1.x"},
      {"\"schemaVersion\": \"1.1\"", "\"schemaVersion\": 1.1", "schemaVersion: must be text, got 1.1"},
      {"\"runtime\":", "\"runtimes\":", "'runtime' is missing"},
      {"\"type\": \"docker\"", "\"type\": \"process\"", "must be docker, got 'process'"},
      {"\"registryCredentials\": {", "\"registryCredentials\": { \"a.b\": 1,", "is no name of a registry"},
      {"\"username\": \"fruitregistry\",", "", "'username' is missing"},
      {"\"fruitregistry.azurecr.io\"", "\"fruit registry\"", "must be an address without blanks"},
      {"\"edgeAgent\": {", "\"edgeAgent\": { \"status\": \"running\",",
       "edgeAgent.status: is not known here"},
      {"\"edgeHub\": {", "\"edgeHubs\": {", "'edgeHub' is missing"},
      {"\"ImageClassifier\": {", "\"Image Classifier\": {", "is no name of a module"},
      {"\"ImageClassifier\": {", "\"edgeHub\": {", "it belongs under systemModules"},
      {"\"version\": \"1.0\"", "\"version\": 1", "version: must be text, got 1"},
      {"\"version\": \"1.0\"", "\"startupOrder\": -1", "must be a whole number from 0 to 4294967295, got -1"},
      {"\"version\": \"1.0\"", "\"startupOrder\": 1.5", "must be a whole number from 0 to 4294967295"},
      {"\"version\": \"1.0\"", "\"imagePullPolicy\": \"always\"", "must be on-create or never"},
      {"\"version\": \"1.0\"", "\"restartPolice\": \"always\"", "did you mean 'restartPolicy'?"},
      {"\"version\": \"1.0\"", "\"env\": {\"A.B\": {\"value\": \"1\"}}", "is no name of a variable"},
      {"\"version\": \"1.0\"", "\"env\": {\"A\": \"1\"}", "env.A: must be an object, got '1'"},
      {"\"version\": \"1.0\"", "\"env\": {\"A\": {}}", "'value' is missing"},
      {"\"version\": \"1.0\"", "\"env\": {\"A\": {\"value\": []}}", "must be text, a number, true or false"},
      {kClassifier, "", "'image' is missing"},
      {kClassifier, "\"image\": \" \",", "must not be empty"},
      {kClassifier, "\"image\": 5,", "image: must be text, got 5"},
      {kOptions, "\"createOptions\": \"{\"", "must hold JSON as text"},
      {kOptions, "\"createOptions\": \"[]\"", "must hold a JSON object as text, got a list"},
      {kOptions, "\"createOptions\": null", "must be text, got null"},
      {kOptions, "\"createOptions01\": \"{}\"", "must have no number, got '01'"},
      {kOptions, "\"createOptions\": \"{\", \"createOptions02\": \"}\"", "createOptions01 was expected"},
      {kOptions, "\"createOption\": \"{}\"", "did you mean 'createOptions'?"},
      {kRoute, "\"\"", "must not be empty"},
      {kRoute, "7", "must be a route as text"},
      {kRoute, "{\"priority\": 1}", "'route' is missing"},
      {kRoute, "{\"route\": \"FROM /* INTO $upstream\", \"priority\": 10}",
       "a whole number from 0 to 9, got 10"},
      {kRoute, "{\"route\": \"FROM /* INTO $upstream\", \"timeToLiveSecs\": -1}",
       "from 0 to 4294967295, got -1"},
      {kRoute, "{\"route\": \"FROM /* INTO $upstream\", \"ttl\": 1}", "ttl: is not known here"},
      {"\"upstream\":", "\"up stream\":", "is no name of a route"},
      {"\"timeToLiveSecs\": 7200", "", "'timeToLiveSecs' is missing"},
      {"\"timeToLiveSecs\": 7200", "\"timeToLiveSecs\": \"7200\"", "must be a whole number"},
      {"\"storeAndForwardConfiguration\"", "\"mqttBroker\": {}, \"storeAndForwardConfiguration\"",
       "mqttBroker: is not known here"},
      {"\"$edgeHub\"", "\"$edgeHab\"", "did you mean '$edgeHub'?"},
      {"\"modulesContent\"", "\"moduleContents\"", "'modulesContent' is missing"},
      {"\"content\": {", "\"content\": [] , \"x\": {", "must be an object, got a list"},
  };
  for (const auto& [old, fresh, expected] : rows) {
    CAPTURE(fresh);
    const std::string what = mistake(with(old, fresh));
    CHECK_MESSAGE(what.find(expected) != std::string::npos, what);
    CHECK(what.starts_with("deployment.json:"));
  }
}

TEST_CASE("Routes as objects need schema 1.1, another major is unsupported, and every mistake is told") {
  std::string text = with(kRoute, "{\"route\": \"FROM /* INTO $upstream\"}");
  text.replace(text.rfind("\"schemaVersion\": \"1.1\""), 22, "\"schemaVersion\": \"1.0\"");
  CHECK(mistake(text).find("need schemaVersion 1.1") != std::string::npos);
  const auto wrong = parse_manifest(with("\"schemaVersion\": \"1.1\"", "\"schemaVersion\": \"2.0\""), "f");
  REQUIRE(!wrong);
  CHECK(wrong.error().kind == ErrorKind::unsupported);
  text = with("\"status\": \"running\"", "\"status\": \"runing\"");
  text.replace(text.find("\"version\": \"1.0\""), 16, "\"version\": 1.0");
  CHECK(split(mistake(text), '\n').size() == 2);
}

TEST_CASE("An image without a tag means latest, and a placeholder stays what it is") {
  const auto image = [](std::string text) {
    const auto read = parse_manifest(with(kClassifier, cat("\"image\": \"", text, "\",")), "f");
    REQUIRE(read);
    return module_of(*read, "ImageClassifier").image;
  };
  CHECK(image("classifier") == "classifier:latest");
  CHECK(image("host:5000/classifier") == "host:5000/classifier:latest");
  CHECK(image("host:5000/classifier:v1") == "host:5000/classifier:v1");
  CHECK(image("classifier@sha256:00") == "classifier@sha256:00");
  CHECK(image("${MODULES.a}") == "${MODULES.a}");
}

TEST_CASE("Values of variables become text as the agent makes it") {
  const auto read = parse_manifest(
      with("\"version\": \"1.0\"",
           "\"env\": {\"T\": {\"value\": \"x\"}, \"N\": {\"value\": 7}, \"B\": {\"value\": true}}"),
      "f");
  REQUIRE(read);
  const std::vector<EnvironmentVariable> expected{{"T", "x"}, {"N", "7"}, {"B", "true"}};
  CHECK(module_of(*read, "ImageClassifier").environment == expected);
}

TEST_CASE("A layer replaces a key of the base, or all of a module's properties") {
  const std::string folder = "/tmp/oree-manifest-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/base.json") << brief();
  std::ofstream(folder + "/layer.json") << R"({"content": {"modulesContent": {
    "$edgeAgent": {"properties.desired.modules.extra": {"type": "docker", "status": "running",
      "restartPolicy": "never", "settings": {"image": "extra:1"}}},
    "$edgeHub": {"properties.desired.routes.upstream": "FROM /messages/modules/extra/* INTO $upstream",
                 "properties.desired.storeAndForwardConfiguration.timeToLiveSecs": 60},
    "extra": {"properties.desired": {"level": 3}}}}})";
  const std::vector<std::filesystem::path> layers{folder + "/layer.json"};
  const auto read = load_manifest(folder + "/base.json", layers);
  REQUIRE_MESSAGE(read, read.error().what);
  CHECK(module_of(*read, "extra").restart == RestartPolicy::never);
  CHECK(module_of(*read, "ImageClassifier").restart == RestartPolicy::always);
  CHECK(read->routes.at(0).text == "FROM /messages/modules/extra/* INTO $upstream");
  CHECK(read->time_to_live == 60);
  CHECK(read->twins.contains("extra"));
  const auto alone = parse_manifest(read_file(folder + "/layer.json"), "layer.json");
  REQUIRE(!alone);
  CHECK(alone.error().kind == ErrorKind::unsupported);
  CHECK(describe_manifest(read_file(folder + "/layer.json"), "f").value() ==
        "layered deployment over 3 modules");
  std::filesystem::remove_all(folder);
}

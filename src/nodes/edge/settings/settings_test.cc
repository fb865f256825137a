#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "nodes/edge/settings/plan_fields.h"
#include "nodes/edge/settings/station_file.h"
#include "nodes/edge/settings/vio_file.h"

using namespace oree;
using namespace oree::edge;
using inspection::CameraKind;
using inspection::Decision;
using inspection::ItemRuleKind;
namespace fs = std::filesystem;

namespace {

Result<StationFile> read(std::string_view text) {
  const auto root = config::parse(text, "station.yaml");
  REQUIRE_MESSAGE(root, root.error().what);
  return parse_station(*root, "/line");
}

std::string mistakes(std::string_view text) {
  const auto file = read(text);
  return file ? "none" : file.error().what;
}

constexpr std::string_view kWhole = R"(
station: ducks-line-1
listen: 127.0.0.1:8100
models: models
model_key: keys/models.key
cameras:
  top:  {type: folder, path: images, loop: false, deadline: 250ms}
  side: {type: http, url: "http://10.0.0.7/snapshot.jpg"}
  hand: {type: http, deadline: 1s}
  vio:  {type: vio_capture, url: "http://localhost:8001", camera_id: camera_1}
steps:
  duck:  {camera: top, model: ducks, version: 1, rule: {type: expected_label, label: good}}
  crowd: {camera: side, model: yolo, rule: {type: min_nb_objects, label: person, threshold: 2}}
  look:  {camera: hand, model: ducks}
item_rule: {type: min_threshold_ratio, expected_decision: OK, threshold: 0.5}
triggers:
  - {type: timer, every: 500ms}
  - {type: new_file, path: inbox, camera: hand}
  - {type: http}
storage: {max_bytes: 10GB, max_age: 30d, min_free: 200MB}
custom_vision: {model: ducks, legacy_errors: true}
limits: {max_image_bytes: 8MB, max_image_pixels: 20000000, max_body_bytes: 16MB, max_queue: 10}
)";

}  // namespace

TEST_CASE("AWholeStationFileIsRead") {
  const auto file = read(kWhole);
  REQUIRE_MESSAGE(file, file.error().what);
  CHECK(file->port == 8100);
  CHECK(file->models == "/line/models");
  CHECK(file->model_key == "/line/keys/models.key");
  REQUIRE(file->plan.cameras.size() == 4);
  CHECK(file->plan.cameras[0].path == "/line/images");
  CHECK_FALSE(file->plan.cameras[0].loop);
  CHECK(file->plan.cameras[0].deadline == milliseconds(250));
  CHECK(file->plan.cameras[1].kind == CameraKind::snapshot);
  CHECK(file->plan.cameras[2].kind == CameraKind::pushed);
  CHECK(file->plan.cameras[3].camera_id == "camera_1");
  REQUIRE(file->plan.steps.size() == 3);
  CHECK(file->plan.steps[0].version == "1");
  CHECK(file->plan.steps[1].rule->threshold == 2);
  CHECK_FALSE(file->plan.steps[2].rule);
  CHECK(file->plan.item_rule.kind == ItemRuleKind::min_threshold_ratio);
  CHECK(file->triggers.size() == 3);
  CHECK(file->triggers[1].path == "/line/inbox");
  CHECK(file->storage.max_bytes == 10'000'000'000u);
  CHECK(file->custom_vision->legacy_errors);
  CHECK(file->max_queue == 10);
}

TEST_CASE("TheSmallestStationFileHasSafeDefaults") {
  const auto file = read("station: a\ncameras: {top: {type: http}}\nsteps: {s: {camera: top, model: m}}\n");
  REQUIRE_MESSAGE(file, file.error().what);
  CHECK(file->address == "127.0.0.1");
  CHECK(file->port == 8000);
  CHECK(file->plan.item_rule.kind == ItemRuleKind::all);
}

TEST_CASE("EveryMistakeIsNamedWithItsPlaceAtOnce") {
  const std::string said = mistakes(R"(station: a
listen: nowhere
cameras:
  top: {type: foldr, path: images}
  hand: {type: http, deadlin: 1s}
steps:
  duck: {camera: topp, model: ducks, rule: {type: max_area_ratio, label: x, threshold: 3}}
triggers: [{type: timer, every: never}]
)");
  for (const char* part :
       {"station.yaml:2", "no address and port", "station.yaml:4", "did you mean 'folder'?", "station.yaml:5",
        "did you mean 'deadline'?", "station.yaml:7", "did you mean 'top'?", "share of the picture",
        "station.yaml:8"}) {
    CHECK_MESSAGE(said.find(part) != std::string::npos, part << " is not in:\n" << said);
  }
}

TEST_CASE("MissingPartsAreAskedForByName") {
  const std::string said = mistakes("listen: 127.0.0.1:8000\n");
  for (const char* part : {"station", "cameras", "steps"}) CHECK(said.find(part) != std::string::npos);
}

TEST_CASE("AnUpstreamOverTlsNamesItsAuthorityAndItsOwnCertificate") {
  const auto file = read(R"(
station: hall
telemetry:
  upstream: {mqtt: "mqtts://me:secret@hub", tls: {ca: keys/ca.pem, certificate: me.pem, key: me.key}}
)");
  REQUIRE_MESSAGE(file, file.error().what);
  REQUIRE(file->telemetry->ways.upstream->mqtt);
  const auto& client = file->telemetry->ways.upstream->mqtt->client;
  CHECK(client.host == "hub");
  CHECK(client.port == 8883);
  REQUIRE(client.tls);
  CHECK(client.tls->ca == "/line/keys/ca.pem");
  CHECK(client.tls->key == "/line/me.key");
  CHECK(mistakes("station: hall\ntelemetry: {upstream: {mqtt: \"mqtt://hub\", tls: {ca: ca.pem}}}\n")
            .find("mqtts://") != std::string::npos);
  CHECK(mistakes("station: hall\ntelemetry: {upstream: {mqtt: \"mqtts://hub\", tls: {key: me.key}}}\n")
            .find("together") != std::string::npos);
}

TEST_CASE("VioConfigurationsOfThreeGenerationsAreUnderstood") {
  const auto newest = json::parse(R"({"station_name":"pins","camera_configs":{
    "camera_1":{"camera_id":"camera_1","camera_type":"usb","position":"front"},
    "camera_2":{"camera_id":"c2","camera_type":"http","service_url":"http://localhost:8001"}},
    "pipeline_steps":{"step_1":{"camera_id":"camera_2","model_forwarder_config":{"model_name":"pin_detection","model_version":"1"},
      "camera_rule_config":{"camera_rule_type":"min_nb_objects_rule","class_to_detect":"pin","threshold":3}}},
    "item_rule_config":{"item_rule_type":"min_threshold_rule","expected_decision":"OK","threshold":1}})");
  auto plan = plan_from_vio(*newest, "/configs");
  REQUIRE_MESSAGE(plan, plan.error().what);
  CHECK(plan->cameras[0].kind == CameraKind::absent);
  CHECK(plan->cameras[1].kind == CameraKind::vio_capture);
  CHECK(plan->steps[0].rule->threshold == 3);
  CHECK(plan->item_rule.kind == ItemRuleKind::min_threshold);

  const auto middle = json::parse(R"({"station_name":"pins","camera_configs":{"camera_1":{"camera_type":"usb",
    "model_forwarder_config":{"model_name":"pin_detection","model_version":"1"},
    "camera_rule_config":{"camera_rule_type":"expected_label_rule","expected_class":"OK"}}}})");
  plan = plan_from_vio(*middle, "/configs");
  REQUIRE_MESSAGE(plan, plan.error().what);
  CHECK(plan->steps[0].rule->label == "OK");

  const auto oldest =
      json::parse(R"({"name":"markers","cameras":{"camera_id3":{"type":"fake","source":"marker_images",
    "models_graph":{"model_id4":{"name":"marker_quality_control","depends_on":[]}},
    "camera_rule":{"name":"expected_label_rule","parameters":{"expected_label":["OK"]}}}},
    "item_rule":{"name":"min_threshold_ko_rule","parameters":{"threshold":1}}})");
  plan = plan_from_vio(*oldest, "/configs");
  REQUIRE_MESSAGE(plan, plan.error().what);
  CHECK(plan->steps[0].model == "marker_quality_control");
  CHECK(plan->steps[0].rule->label == "OK");
  CHECK(judge(plan->item_rule, std::vector{Decision::ko}).decision == Decision::ko);
  CHECK(judge(plan->item_rule, std::vector{Decision::ok}).decision == Decision::ok);
}

TEST_CASE("AVioConfigurationThatMakesNoSenseIsRefusedByKey") {
  const auto said = [](std::string_view text) {
    const auto plan = plan_from_vio(*json::parse(text), "/configs");
    return plan ? std::string("none") : plan.error().what;
  };
  CHECK(said("[]").find("object") != std::string::npos);
  CHECK(said(R"({"station_name":"../etc","camera_configs":{}})").find("station_name") != std::string::npos);
  CHECK(said(R"({"station_name":"a"})").find("camera_configs") != std::string::npos);
  CHECK(
      said(
          R"({"station_name":"a","camera_configs":{"c":{"camera_type":"usb","model_forwarder_config":{"model_name":"m"},
    "camera_rule_config":{"camera_rule_type":"expected_labl_rule","expected_class":"OK"}}}})")
          .find("did you mean 'expected_label_rule'?") != std::string::npos);
}

TEST_CASE("APlanSurvivesTheTripThroughVioForm") {
  auto file = read(kWhole);
  REQUIRE(file);
  const auto json = vio_from_plan(file->plan);
  CHECK(json.find("camera_configs")->object()->size() == 4);
  CHECK(*json.find("pipeline_steps")
             ->find("duck")
             ->find("camera_rule_config")
             ->find("expected_class")
             ->text() == "good");
  CHECK(*json.find("item_rule_config")->find("item_rule_type")->text() == "min_threshold_ratio_rule");
}

TEST_CASE("VioOwnConfigurationsAreAllRead") {
  const char* given = std::getenv("OREE_SHARED_DATA");
  const fs::path folder =
      fs::path(given != nullptr ? given : OREE_SOURCE_DIR "/../shared/data") / "vio-configs";
  if (!fs::exists(folder)) {
    MESSAGE("skipped: " << folder.string() << " is absent");
    return;
  }
  int read_count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json" ||
        entry.path().filename().string().find("inventory") != std::string::npos)
      continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    const auto config = json::parse(text.str());
    REQUIRE_MESSAGE(config, entry.path().string());
    const auto plan = plan_from_vio(*config, folder.string());
    CHECK_MESSAGE(plan, entry.path().filename().string() << ": " << (plan ? "" : plan.error().what));
    ++read_count;
  }
  CHECK(read_count > 15);
}

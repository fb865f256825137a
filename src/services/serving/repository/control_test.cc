#include <doctest/doctest.h>

#include <thread>

#include "base/text.h"
#include "core/inference/service/ask.h"
#include "services/serving/testing/models.h"

namespace oree::serving {
namespace {

namespace fs = std::filesystem;
using inference::LoadRequest;
using inference::Wait;
using testing::Models;

struct World : Models {
  std::unique_ptr<ModelRepository> start(RepositorySettings settings, int32_t default_max_batch_size = 4) {
    LoaderParts parts;
    parts.backend = &backend;
    parts.metrics = &metrics;
    parts.default_max_batch_size = default_max_batch_size;
    parts.links_may_leave = false;
    auto repository = ModelRepository::open(folder.path(), std::move(parts), std::move(settings));
    REQUIRE_MESSAGE(repository.has_value(), (repository ? "" : repository.error().what));
    CHECK_FALSE((*repository)->ready());
    (*repository)->start();
    CHECK((*repository)->ready());
    return std::move(*repository);
  }
  std::unique_ptr<ModelRepository> start_empty() { return start({.mode = ControlMode::explicitly}); }
  void configure(std::string_view name, std::string_view text) {
    folder.write(cat(name, "/config.pbtxt"), text);
  }
};

std::string row(const ModelRepository& repository, std::string_view name, std::string_view version) {
  for (const inference::IndexRow& each : repository.index()) {
    if (each.name == name && each.version == version)
      return each.state + (each.reason.empty() ? "" : ": ") + each.reason;
  }
  return "no row";
}

std::string found_version(ModelRepository& repository, std::string_view name, std::string_view version = "") {
  const auto served = repository.find(name, version, Wait::no);
  return served ? (*served)->description().version : served.error().what;
}

// a + b of the fake "add".
Result<float> ask(inference::Served& served) {
  inference::WaitingCall call;
  const float values[3] = {1, 2, 3};
  const int64_t shape[2] = {1, 3};
  for (const char* name : {"a", "b"}) {
    call.inputs.push_back({name, tensor::DType::f32, shape, std::as_bytes(std::span(values))});
  }
  if (Status done = inference::ask(served, call); !done) return forward(done);
  return reinterpret_cast<const float*>(call.outputs.at(0).tensor.data.data())[2];
}

TEST_CASE("ARepositoryAsOtherServersHaveItServesAsItIs") {
  World world;
  world.add("sums", "1", "add");
  world.add("sums", "2", "add");
  world.add("other", "1", "bytes");
  const auto repository = world.start({.mode = ControlMode::none});
  CHECK(found_version(*repository, "sums") == "2");
  CHECK(found_version(*repository, "sums", "1") ==
        "Request for unknown model: 'sums' version 1 is not at ready state");
  CHECK(*repository->versions("sums") == std::vector<std::string>{"2"});
  const auto served = *repository->find("sums", "", Wait::no);
  CHECK(served->description().max_batch_size == 4);
  CHECK(served->description().inputs.at(0).spec.shape == tensor::Shape{-1, 3});
  CHECK(served->config_json().find("\"dynamic_batching\"") != std::string::npos);
  CHECK(ask(*served) == 6.0f);
  CHECK(repository->statistics("", "")->size() == 2);
  CHECK(repository->statistics("sums", "")->at(0).inference_count == 1);
  CHECK(repository->load("sums", {}).error().kind == ErrorKind::unavailable);
  CHECK(world.metrics.prometheus().find("oree_model_runs_total{model=\"sums\",version=\"2\"} ") !=
        std::string::npos);
}

TEST_CASE("VersionPoliciesSayWhatServes") {
  World world;
  for (const char* version : {"1", "3", "10"}) world.add("sums", version, "add");
  const auto served = [&](std::string_view policy) {
    world.configure("sums", policy);
    return *world.start({.mode = ControlMode::none})->versions("sums");
  };
  using Versions = std::vector<std::string>;
  CHECK(served("version_policy { all { } }") == Versions{"1", "3", "10"});
  CHECK(served("version_policy { latest { num_versions: 2 } }") == Versions{"3", "10"});
  CHECK(served("version_policy { specific { versions: [1, 4] } }") == Versions{"1"});
}

TEST_CASE("ModelsComeAndGoWhenToldTo") {
  World world;
  world.add("sums", "1", "add");
  const auto repository = world.start_empty();
  CHECK(found_version(*repository, "sums") == "Request for unknown model: 'sums' has no available versions");
  CHECK(found_version(*repository, "nothing") == "Request for unknown model: 'nothing' is not found");
  CHECK(row(*repository, "sums", "") == "");
  REQUIRE(repository->load("sums", {}));
  CHECK(found_version(*repository, "sums") == "1");
  CHECK(row(*repository, "sums", "1") == "READY");
  const auto held = *repository->find("sums", "", Wait::no);
  REQUIRE(repository->unload("sums", false));
  CHECK(row(*repository, "sums", "1") == "UNAVAILABLE: unloaded");
  CHECK(found_version(*repository, "sums") == "Request for unknown model: 'sums' has no available versions");
  CHECK(ask(*held) == 6.0f);  // whoever holds it finishes on it
  CHECK(repository->load("nothing", {}).error().what ==
        "failed to load 'nothing', failed to poll from model repository");
  CHECK(repository->load("../sums", {}).error().what ==
        "model name must not contain path traversal characters");
  CHECK(repository->load("", {}).error().what ==
        "Model name cannot be empty. Please enter a valid name to deploy.");
  CHECK(repository->unload("nothing", false).has_value());
}

TEST_CASE("NamesOrAStarSayWhatIsLoadedAtTheStart") {
  World world;
  world.add("a", "1", "add");
  world.add("b", "1", "add");
  CHECK(found_version(*world.start({.mode = ControlMode::explicitly, .load_at_start = {"b"}}), "b") == "1");
  const auto all = world.start({.mode = ControlMode::explicitly, .load_at_start = {"*"}});
  CHECK(found_version(*all, "a") == "1");
}

TEST_CASE("ALoadOfWhatHasNotChangedDoesNothing") {
  World world;
  world.add("sums", "1", "add");
  const auto repository = world.start_empty();
  REQUIRE(repository->load("sums", {}));
  const auto before = *repository->find("sums", "", Wait::no);
  REQUIRE(repository->load("sums", {}));
  CHECK(*repository->find("sums", "", Wait::no) == before);
  world.configure("sums", "max_batch_size: 7");
  REQUIRE(repository->load("sums", {}));
  CHECK((*repository->find("sums", "", Wait::no))->description().max_batch_size == 7);
}

TEST_CASE("ANewVersionTakesOverOnlyWhenItServes") {
  World world;
  world.add("sums", "1", "add");
  const auto repository = world.start_empty();
  REQUIRE(repository->load("sums", {}));
  world.add("sums", "2", "broken");
  const Status failed = repository->load("sums", {});
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().what.starts_with("load failed for model 'sums': version 2 is at UNAVAILABLE state: "));
  CHECK(found_version(*repository, "sums") == "1");
  CHECK(row(*repository, "sums", "1") == "READY");
  CHECK(row(*repository, "sums", "2").starts_with("UNAVAILABLE: "));
  REQUIRE(repository->unload("sums", false));  // also what only stayed because the newer one failed
  CHECK(found_version(*repository, "sums").ends_with("has no available versions"));
  world.add("sums", "2", "add");  // mended
  REQUIRE(repository->load("sums", {}));
  CHECK(found_version(*repository, "sums") == "2");
  CHECK(*repository->versions("sums") == std::vector<std::string>{"2"});
}

TEST_CASE("OneBrokenModelLeavesTheOthersServing") {
  World world;
  world.add("good", "1", "add");
  world.add("bad", "1", "broken");
  world.folder.write("torn/1/model.onnx", "");
  world.folder.write("wrong/1/model.onnx", "oree-fake add");
  world.configure("wrong", "max_batch: 1");
  world.add("foreign", "1", "add");
  world.configure("foreign", "name: \"domestic\"");
  fs::create_directories(world.folder.path() / "planned/1");
  world.folder.write("planned/1/model.plan", "x");
  const auto repository = world.start({.mode = ControlMode::none});
  CHECK(found_version(*repository, "good") == "1");
  for (const char* name : {"bad", "torn", "wrong", "foreign", "planned"}) {
    CAPTURE(name);
    CHECK(row(*repository, name, "1").starts_with("UNAVAILABLE: "));
    CHECK(found_version(*repository, name).ends_with("has no available versions"));
  }
  CHECK(row(*repository, "wrong", "1").find("config.pbtxt:1:1: no field 'max_batch' here") !=
        std::string::npos);
  CHECK(row(*repository, "planned", "1").find("export it as model.onnx") != std::string::npos);
}

TEST_CASE("FilesOutsideTheModelsFolderAreRefused") {
  World world;
  world.folder.write("secret", "oree-fake add");
  fs::create_directories(world.folder.path() / "thief/1");
  fs::create_symlink(world.folder.path() / "secret", world.folder.path() / "thief/1/model.onnx");
  world.add("named", "1", "add");
  world.configure("named", "default_model_filename: \"../../secret\"");
  world.add("labelled", "1", "bytes");
  world.configure("labelled", "output [ { name: \"y\" label_filename: \"../secret\" }, { name: \"flag\" } ]");
  const auto repository = world.start({.mode = ControlMode::none});
  CHECK(row(*repository, "thief", "1").find("leads out of the model's folder") != std::string::npos);
  CHECK(row(*repository, "named", "1").find("path traversal") != std::string::npos);
  CHECK(row(*repository, "labelled", "1").find("path traversal") != std::string::npos);
}

TEST_CASE("LabelsComeWithTheOutputTheyBelongTo") {
  World world;
  world.add("m", "1", "bytes");
  world.configure("m", "output [ { name: \"flag\" }, { name: \"y\" label_filename: \"labels.txt\" } ]");
  world.folder.write("m/labels.txt", "dog\r\ncat\n\n");
  const auto repository = world.start({.mode = ControlMode::none});
  const auto served = repository->find("m", "", Wait::no);
  REQUIRE_MESSAGE(served.has_value(), row(*repository, "m", "1"));
  CHECK((*served)->description().outputs.at(0).labels.empty());
  CHECK((*served)->description().outputs.at(1).labels == std::vector<std::string>{"dog", "cat"});
}

TEST_CASE("AClientMaySendTheConfigurationAndTheFiles") {
  World world;
  world.add("sums", "1", "add");
  const auto repository = world.start_empty();
  LoadRequest request{R"({"max_batch_size": 2, "backend": "fake"})", {}};
  REQUIRE(repository->load("sums", request));
  CHECK((*repository->find("sums", "", Wait::no))->description().max_batch_size == 2);

  request.files["7/model.onnx"] = "oree-fake add";
  request.config_json = R"({"max_batch_size": 3})";
  REQUIRE(repository->load("sums", request));
  CHECK(found_version(*repository, "sums") == "7");
  CHECK(*repository->versions("sums") == std::vector<std::string>{"7"});
  CHECK(ask(**repository->find("sums", "7", Wait::no)) == 6.0f);
  REQUIRE(repository->load("fresh", request));
  CHECK(found_version(*repository, "fresh") == "7");

  // Back to what lies on disk; a model that only was sent is gone for good.
  REQUIRE(repository->load("sums", {}));
  CHECK(found_version(*repository, "sums") == "1");
  CHECK((*repository->find("sums", "", Wait::no))->description().max_batch_size == 4);
  REQUIRE(repository->unload("fresh", false));
  CHECK(found_version(*repository, "fresh") == "Request for unknown model: 'fresh' is not found");

  request.files["../../escape"] = "x";
  CHECK(repository->load("sums", request).error().what.find("path traversal") != std::string::npos);
  CHECK(repository->load("sums", {"", {{"1/model.onnx", "x"}}}).error().kind == ErrorKind::invalid);
  CHECK(repository->load("sums", {"{\"max_batchsize\": 1}", {}}).error().what.find("did you mean") !=
        std::string::npos);
  CHECK(found_version(*repository, "sums") == "1");
}

TEST_CASE("APollTakesAFolderOnlyWhenItHasStoodStill") {
  World world;
  world.add("sums", "1", "add");
  const auto repository = world.start({.mode = ControlMode::poll, .poll_every = std::chrono::hours(1)});
  CHECK(found_version(*repository, "sums") == "1");
  world.folder.write("sums/2/model.onnx", "oree-fake a");  // still being copied
  repository->poll();
  world.add("sums", "2", "add");
  repository->poll();
  CHECK(found_version(*repository, "sums") == "1");
  repository->poll();
  CHECK(found_version(*repository, "sums") == "2");
  CHECK(*repository->versions("sums") == std::vector<std::string>{"2"});

  world.add("new", "1", "add");
  repository->poll();
  CHECK_FALSE(repository->versions("new").has_value());
  repository->poll();
  CHECK(found_version(*repository, "new") == "1");

  fs::remove_all(world.folder.path() / "new");
  fs::remove_all(world.folder.path() / "sums/2");
  repository->poll();
  CHECK(found_version(*repository, "new") == "1");
  repository->poll();
  CHECK(found_version(*repository, "new") == "Request for unknown model: 'new' is not found");
  CHECK(found_version(*repository, "sums") == "1");

  world.add("sums", "3", "broken");  // complete, and no good
  repository->poll();
  repository->poll();
  CHECK(found_version(*repository, "sums") == "1");
  CHECK(row(*repository, "sums", "3").starts_with("UNAVAILABLE: "));
}

TEST_CASE("WhatWasNotAskedForTheLongestMakesRoomAndComesBack") {
  World world;
  for (const char* name : {"a", "b", "c"}) world.add(name, "1", "add");
  const uint64_t one = fs::file_size(world.folder.path() / "a/1/model.onnx");
  const auto repository = world.start({.mode = ControlMode::explicitly, .memory_budget = 2 * one});
  REQUIRE(repository->load("a", {}));
  REQUIRE(repository->load("b", {}));
  CHECK(found_version(*repository, "a") == "1");  // asked for after b
  REQUIRE(repository->load("c", {}));
  CHECK(found_version(*repository, "a") == "1");
  const auto resting = repository->find("b", "", Wait::no);
  REQUIRE_FALSE(resting.has_value());
  CHECK(resting.error().kind == ErrorKind::busy);
  CHECK(row(*repository, "b", "1").find("memory budget") != std::string::npos);
  REQUIRE(repository->find("b", "", Wait::yes));
  CHECK(found_version(*repository, "b") == "1");
  CHECK(repository->find("c", "", Wait::no).error().kind == ErrorKind::busy);
  world.folder.write("large/1/model.onnx", "oree-fake add" + std::string(100, ' '));
  const Status large = repository->load("large", {});
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().kind == ErrorKind::full);
  CHECK(found_version(*repository, "b") == "1");
}

TEST_CASE("WarmUpRunsBeforeAVersionIsReady") {
  World world;
  world.add("sums", "1", "add");
  const auto warm = [&](std::string_view b) {
    world.configure(
        "sums", cat("max_batch_size: 4 model_warmup { name: \"w\" batch_size: 2 count: 5 inputs { key: \"a\" "
                    "value: { data_type: TYPE_FP32 dims: 3 random_data: true } } ",
                    b, " }"));
    const auto repository = world.start({.mode = ControlMode::none});
    return row(*repository, "sums", "1");
  };
  CHECK(warm("").find("warmup sample 'w' has no input 'b' for model 'sums'") != std::string::npos);
  CHECK(warm("inputs { key: \"b\" value: { data_type: TYPE_FP32 dims: 4 zero_data: true } }")
            .find("has shape [2,4]") != std::string::npos);
  const std::string file =
      "inputs { key: \"b\" value: { data_type: TYPE_FP32 dims: 3 input_data_file: \"b\" } }";
  CHECK(warm(file).find("warmup file") != std::string::npos);
  world.folder.write("sums/warmup/b", std::string(24, '\0'));
  CHECK(warm(file) == "READY");
}

TEST_CASE("AReshapedInputIsAskedInItsOwnShapeAndRunInTheNetworks") {
  World world;
  world.add("sums", "1", "add");
  world.configure("sums",
                  "max_batch_size: 2 input [ { name: \"a\" data_type: TYPE_FP32 dims: [ 1, 3, 1 ] reshape { "
                  "shape: [ 3 ] } }, { "
                  "name: \"b\" } ] output { name: \"sum\" data_type: TYPE_FP32 dims: [ 3, 1 ] reshape { "
                  "shape: [ 3 ] } }");
  const auto repository = world.start({.mode = ControlMode::none});
  const auto served = repository->find("sums", "", Wait::no);
  REQUIRE_MESSAGE(served.has_value(), row(*repository, "sums", "1"));
  inference::WaitingCall call;
  const float values[6] = {1, 2, 3, 4, 5, 6};
  const int64_t a[4] = {2, 1, 3, 1};
  const int64_t b[2] = {2, 3};
  call.inputs.push_back({"a", tensor::DType::f32, a, std::as_bytes(std::span(values))});
  call.inputs.push_back({"b", tensor::DType::f32, b, std::as_bytes(std::span(values))});
  const Status done = inference::ask(**served, call);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
  CHECK(call.outputs.at(0).tensor.shape == tensor::Shape{2, 3, 1});
  CHECK(reinterpret_cast<const float*>(call.outputs[0].tensor.data.data())[5] == 12.0f);
}

TEST_CASE("AStationsModelsAreLoadedWhenAskedForByWhoeverMayWait") {
  Models models;
  models.add("sums", "1", "add");
  models.add("sums", "2", "add");
  const auto repository = models.open();
  CHECK(repository->ready());
  inference::Service& service = *repository;
  const auto none = service.find("sums", "", Wait::no);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().kind == ErrorKind::busy);
  REQUIRE(service.find("sums", "", Wait::yes));
  CHECK(found_version(*repository, "sums") == "2");
  CHECK(service.find("sums", "1", Wait::no).error().kind == ErrorKind::busy);
  CHECK(service.find("sums", "3", Wait::yes).error().what ==
        "Request for unknown model: 'sums' version 3 is not found");
  // An update takes the name over.
  models.add("beside", "9", "add");
  const auto update = repository->load_beside(models.folder.path() / "beside" / "9");
  REQUIRE(update.has_value());
  repository->prefer("sums", *update);
  CHECK(found_version(*repository, "sums") == "9");
  repository->prefer("sums", nullptr);
  CHECK(found_version(*repository, "sums") == "2");
}

TEST_CASE("AnEnsembleBringsItsModelsAndMayTakeThemAlong") {
  World world;
  world.add("sums", "1", "add");
  fs::create_directories(world.folder.path() / "twice/1");
  const auto step = [](std::string_view a, std::string_view sum) {
    return cat("{ model_name: \"sums\" model_version: -1 input_map { key: \"a\" value: \"", a,
               "\" } input_map { key: \"b\" value: \"b\" } output_map { key: \"sum\" value: \"", sum,
               "\" } }");
  };
  const auto port = [](std::string_view name) {
    return cat("{ name: \"", name, "\" data_type: TYPE_FP32 dims: 3 }");
  };
  world.configure("twice", cat("platform: \"ensemble\" max_batch_size: 2 input [ ", port("a"), ", ",
                               port("b"), " ] output ", port("y"), " ensemble_scheduling { step [ ",
                               step("a", "t"), ", ", step("t", "y"), " ] }"));
  const auto repository = world.start_empty();
  const Status loaded = repository->load("twice", {});
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().what));
  CHECK(found_version(*repository, "sums") == "1");
  const auto twice = repository->find("twice", "", Wait::no);
  REQUIRE(twice.has_value());
  CHECK((*twice)->description().platform == "ensemble");
  CHECK(ask(**twice) == 9.0f);
  REQUIRE(repository->unload("sums", false));  // the ensemble goes with its model, and comes back with it
  CHECK(row(*repository, "twice", "1") ==
        "UNAVAILABLE: ensemble 'twice' depends on 'sums' which has no loaded version.");
  CHECK(found_version(*repository, "twice").ends_with("has no available versions"));
  REQUIRE(repository->load("sums", {}));
  CHECK(found_version(*repository, "twice") == "1");
  REQUIRE(repository->unload("twice", false));
  REQUIRE(repository->load("sums", {}));
  CHECK(found_version(*repository, "twice").ends_with("has no available versions"));  // nobody wants it
  REQUIRE(repository->load("twice", {}));
  REQUIRE(repository->unload("twice", true));
  CHECK(found_version(*repository, "sums").ends_with("has no available versions"));
  world.configure("twice",
                  "platform: \"ensemble\" input { name: \"a\" data_type: TYPE_FP32 dims: 1 } output { name: "
                  "\"b\" data_type: "
                  "TYPE_FP32 dims: 1 } ensemble_scheduling { step { model_name: \"absent\" input_map { key: "
                  "\"a\" value: \"a\" } "
                  "output_map { key: \"b\" value: \"b\" } } }");
  CHECK(repository->load("twice", {}).error().what ==
        "load failed for model 'twice': ensemble twice contains models that are not available or ambiguous: "
        "absent");
}

TEST_CASE("APollThatTakesAModelTakesItsEnsemblesAndBringsThemBack") {
  World world;
  world.add("sums", "1", "add");
  fs::create_directories(world.folder.path() / "same/1");
  world.configure(
      "same",
      "platform: \"ensemble\" max_batch_size: 2 input [ { name: \"a\" data_type: TYPE_FP32 dims: 3 }, { "
      "name: \"b\" "
      "data_type: TYPE_FP32 dims: 3 } ] output { name: \"y\" data_type: TYPE_FP32 dims: 3 } "
      "ensemble_scheduling { "
      "step { model_name: \"sums\" input_map [ { key: \"a\" value: \"a\" }, { key: \"b\" value: \"b\" } ] "
      "output_map { key: \"sum\" value: \"y\" } } }");
  const auto repository = world.start({.mode = ControlMode::poll, .poll_every = std::chrono::hours(1)});
  CHECK(found_version(*repository, "same") == "1");
  fs::rename(world.folder.path() / "sums", world.folder.path() / ".away");
  for (int i = 0; i < 2; ++i) repository->poll();
  CHECK(row(*repository, "same", "1") ==
        "UNAVAILABLE: ensemble 'same' depends on 'sums' which has no loaded version.");
  fs::rename(world.folder.path() / ".away", world.folder.path() / "sums");
  for (int i = 0; i < 2; ++i) repository->poll();
  CHECK(found_version(*repository, "same") == "1");
}

TEST_CASE("WhatServesOnAfterAFailedReloadIsUnloadedLikeAnyOther") {
  World world;
  world.add("sums", "1", "add");
  const auto repository = world.start_empty();
  REQUIRE(repository->load("sums", {}));
  world.configure("sums", "max_batch_size: -1");
  CHECK(repository->load("sums", {}).error().what ==
        "failed to load 'sums', failed to poll from model repository: 'max_batch_size' must be non-negative "
        "value for sums");
  CHECK(repository->load("sums", {"{"})
            .error()
            .what.starts_with(
                "failed to load 'sums', failed to poll from model repository: config: not valid JSON"));
  CHECK(found_version(*repository, "sums") == "1");
  REQUIRE(repository->unload("sums", false));
  CHECK(row(*repository, "sums", "1") == "UNAVAILABLE: unloaded");
  CHECK(found_version(*repository, "sums").ends_with("has no available versions"));
}

TEST_CASE("AsManyAsAskNoneSeesAGapWhileVersionsChange") {
  World world;
  world.add("sums", "1", "add");
  world.add("other", "1", "add");
  const auto repository = world.start({.mode = ControlMode::explicitly, .load_at_start = {"sums"}});
  std::atomic<int> failed = 0, asked = 0;
  {
    std::vector<std::jthread> askers;
    for (int i = 0; i < 3; ++i) {
      askers.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const auto served = repository->find("sums", "", Wait::no);
          if (!served || ask(**served) != 6.0f) ++failed;
          ++asked;
        }
      });
    }
    for (int version = 2; version < 12; ++version) {
      world.add("sums", cat(version), "add");
      CHECK(repository->load("sums", {}));
      CHECK(repository->load("other", {}));
      CHECK(repository->unload("other", false));
      CHECK(*repository->versions("sums") == std::vector{cat(version)});
    }
  }
  CHECK(failed == 0);
  CHECK(asked > 0);
}

}  // namespace
}  // namespace oree::serving

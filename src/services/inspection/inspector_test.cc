#include "services/inspection/inspector.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "services/inspection/testing/fakes.h"

using namespace oree;
using namespace oree::inspection;
using namespace oree::inspection::testing;
namespace fs = std::filesystem;

namespace {

ByteBuffer jpeg() {
  image::Image picture(32, 24, 3);
  for (int y = 0; y < 24; ++y) std::fill(picture.row(y), picture.row(y) + 96, uint8_t{90});
  return *image::encode_jpeg(picture.view(), 80);
}

Frame frame(ByteBuffer bytes) {
  return {std::make_shared<ByteBuffer>(std::move(bytes)), "test.jpg", ""};
}

struct Bench {
  FakeModels models;
  MemoryStore store;
  SystemClock clock;
  monitoring::Registry metrics;
  std::vector<std::string> told;

  Bench() {
    models.models["good"] = std::make_shared<FakePredictor>("good");
    models.models["bad"] = std::make_shared<FakePredictor>("scratch");
    models.models["broken"] = std::make_shared<FakePredictor>(fail(ErrorKind::bug, "the model fell over"));
  }

  std::unique_ptr<Inspector> inspector(std::vector<CameraPlan> cameras, std::vector<StepPlan> steps) {
    Plan plan{"line", std::move(cameras), std::move(steps), {}};
    return std::move(*Inspector::create(
        plan, "line", json::Object{},
        {models, store, clock, metrics, {}, [this](const Item& item) { told.push_back(item.json); }}));
  }
};

CameraPlan pushed(std::string name) {
  return {.name = std::move(name)};
}

StepPlan step(std::string name, std::string camera, std::string model) {
  return {std::move(name), std::move(camera), std::move(model), "",
          StepRule{StepRuleKind::expected_label, "good", 0}};
}

}  // namespace

TEST_CASE("AGoodPartIsDecidedStoredAndTold") {
  Bench bench;
  auto inspector = bench.inspector({pushed("top")}, {step("look", "top", "good")});
  const auto item = inspector->inspect({"http", ""}, {{"top", frame(jpeg())}});
  REQUIRE(item);
  CHECK(item->verdict.decision == Decision::ok);
  CHECK(item->cameras[0].picture->width == 32);
  REQUIRE(bench.store.records.contains(item->id));
  const auto& record = bench.store.records.at(item->id);
  CHECK(record.blobs.size() == 1);
  CHECK(bench.store.blobs.contains(record.blobs[0]));
  CHECK(bench.told == std::vector{record.body});
  const auto json = json::parse(record.body);
  REQUIRE(json);
  CHECK(*json->find("decision")->text() == "OK");
  CHECK(*json->find("camera_decisions")->find("look")->text() == "OK");
}

TEST_CASE("OneBadStepRefusesThePartAndIsItsHeadline") {
  Bench bench;
  auto inspector =
      bench.inspector({pushed("top")}, {step("shape", "top", "good"), step("skin", "top", "bad")});
  const auto item = inspector->inspect({"http", ""}, {{"top", frame(jpeg())}});
  REQUIRE(item);
  CHECK(item->verdict.decision == Decision::ko);
  CHECK(*item_json(*item).find("reason")->text() == "skin: label is scratch (90 %), expected good");
}

TEST_CASE("WhatGoesWrongIsInTheItemNeverLeftOut") {
  Bench bench;
  auto inspector = bench.inspector({pushed("top"), pushed("side")},
                                   {step("a", "top", "good"), step("b", "side", "good"),
                                    step("c", "top", "broken"), step("d", "top", "missing")});
  const auto item = inspector->inspect({"http", ""}, {{"top", frame(jpeg())}});
  REQUIRE(item);
  CHECK(item->verdict.decision == Decision::no_decision);
  REQUIRE(item->steps.size() == 4);
  CHECK(item->steps[0].verdict.decision == Decision::ok);
  CHECK(item->steps[1].verdict.reason.code == "camera_failed");
  CHECK(item->steps[2].verdict.reason.sentence == "the model fell over");
  CHECK(item->steps[3].verdict.reason.code == "model_failed");
}

TEST_CASE("ABrokenPictureIsKeptAndDecidesNothing") {
  Bench bench;
  auto inspector = bench.inspector({pushed("top")}, {step("look", "top", "good")});
  auto bytes = jpeg();
  bytes.resize(bytes.size() / 2);
  const auto item = inspector->inspect({"http", ""}, {{"top", frame(bytes)}});
  REQUIRE(item);
  CHECK(item->verdict.decision == Decision::no_decision);
  CHECK(item->steps[0].verdict.reason.code == "image_invalid");
  CHECK(bench.store.blobs.size() == 1);
  CHECK(inspector->cameras()[0].state == "failed");
}

TEST_CASE("AFullDiskRefusesThePart") {
  Bench bench;
  auto inspector = bench.inspector({pushed("top")}, {step("look", "top", "good")});
  bench.store.full = true;
  const auto item = inspector->inspect({"http", ""}, {{"top", frame(jpeg())}});
  REQUIRE_FALSE(item);
  CHECK(item.error().kind == ErrorKind::full);
  CHECK(bench.told.empty());
  bench.store.full = false;
  CHECK(inspector->inspect({"http", ""}, {{"top", frame(jpeg())}}));
}

TEST_CASE("CollectedPicturesAreStoredWithTheirClassAndNotJudged") {
  Bench bench;
  auto inspector = bench.inspector({pushed("top")}, {step("look", "top", "bad")});
  const auto item = inspector->collect({"upload", ""}, "scratch", {{"top", frame(jpeg())}});
  REQUIRE(item);
  CHECK(item->steps.empty());
  CHECK(item->verdict.decision == Decision::no_decision);
  CHECK(item->class_name == "scratch");
}

TEST_CASE("FolderCamerasOnTheirLanesFeedTheirSteps") {
  Bench bench;
  const fs::path folder = fs::temp_directory_path() / ("oree-inspector-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const auto bytes = jpeg();
  std::ofstream(folder / "a.jpg", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  std::ofstream(folder / "truth.csv") << "file,label\na.jpg,good\n";
  CameraPlan camera{.name = "top",
                    .kind = CameraKind::folder,
                    .path = folder.string(),
                    .loop = false,
                    .deadline = milliseconds(10'000)};
  {
    auto inspector =
        bench.inspector({camera, pushed("hand")}, {step("a", "top", "good"), step("b", "hand", "good")});
    const auto item = inspector->inspect({"timer", ""}, {{"hand", frame(jpeg())}});
    REQUIRE(item);
    CHECK(item->verdict.decision == Decision::ok);
    CHECK(item->truth == "good");
    CHECK(bench.store.blobs.size() == 1);  // the same picture twice is stored once
    const auto end = inspector->inspect({"timer", ""}, {{"hand", frame(jpeg())}});
    REQUIRE(end);
    CHECK(end->steps[0].verdict.reason.code == "camera_failed");
  }
  fs::remove_all(folder);
}

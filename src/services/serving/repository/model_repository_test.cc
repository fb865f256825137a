#include "services/serving/repository/model_repository.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "core/sealing/key_file.h"
#include "core/sealing/sealed_file.h"
#include "services/serving/testing/models.h"

namespace oree::serving {
namespace {

using testing::Models;

ModelStatus status_of(const ModelRepository& repository, std::string_view name, std::string_view version) {
  for (const ModelStatus& status : repository.list()) {
    if (status.name == name && status.version == version) return status;
  }
  return {};
}

TEST_CASE("NothingIsLoadedBeforeSomebodyAsks") {
  Models models;
  models.add("pins", "1", "add");
  const auto repository = models.open();
  CHECK(status_of(*repository, "pins", "1").state == ModelState::not_loaded);
  CHECK(state_name(ModelState::not_loaded) == "UNAVAILABLE");
  REQUIRE(repository->served("pins", ""));
  const ModelStatus status = status_of(*repository, "pins", "1");
  CHECK(status.state == ModelState::ready);
  CHECK(status.reason == "");
  // sha256sum of "oree-fake add"
  CHECK(status.digest == "a8b6ee5b0e0e6ffa98ea68ce62384b18d0bec852de9ac5fea84ca9888b6a46c3");
}

TEST_CASE("TheNewestVersionIsTheHighestNumberThatLoads") {
  Models models;
  models.add("pins", "2", "add");
  models.add("pins", "10", "add");
  models.add("pins", "11", "no-such-fake");
  const auto repository = models.open();
  const auto served = repository->served("pins", "");
  REQUIRE(served.has_value());
  CHECK((*served)->identity.version == "10");
  CHECK(status_of(*repository, "pins", "2").state == ModelState::not_loaded);
  CHECK(status_of(*repository, "pins", "11").state == ModelState::unavailable);
  CHECK(status_of(*repository, "pins", "11").reason.find("model.onnx") != std::string::npos);
  CHECK((*repository->served("pins", "2"))->identity.version == "2");
}

TEST_CASE("AnUpdateTakesItsNameOverAndGivesItBack") {
  Models models, elsewhere;
  models.add("pins", "2", "add");
  models.add("pins", "3", "add");
  elsewhere.add("pins", "3", "bytes");
  elsewhere.add("caps", "1", "add");
  const auto repository = models.open();
  const auto old_three = repository->served("pins", "3");
  REQUIRE(old_three);

  const auto update = repository->load_beside(elsewhere.folder.path() / "pins" / "3");
  REQUIRE(update);
  CHECK(*repository->served("pins", "") == *old_three);  // beside: nobody gets it
  repository->prefer("pins", *update);
  CHECK(*repository->served("pins", "") == *update);
  CHECK(*repository->served("pins", "3") == *update);
  CHECK((*repository->served("pins", "2"))->identity.version == "2");
  CHECK(status_of(*repository, "pins", "3").digest == (*update)->identity.digest);
  CHECK(repository->list().size() == 2);

  const auto fresh = repository->load_beside(elsewhere.folder.path() / "caps" / "1");
  REQUIRE(fresh);
  repository->prefer("caps", *fresh);
  CHECK(repository->names() == std::vector<std::string>{"caps", "pins"});

  repository->prefer("pins", nullptr);
  repository->prefer("caps", nullptr);
  CHECK(*repository->served("pins", "") == *old_three);
  CHECK_FALSE(repository->served("caps", ""));
}

TEST_CASE("WhatIsNotThereIsNotFoundAndTheAnswerNamesWhatIs") {
  Models models;
  models.add("pins", "1", "add");
  models.add("caps", "4", "add");
  const auto repository = models.open();
  const auto model = repository->served("pns", "");
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().kind == ErrorKind::not_found);
  CHECK(model.error().what == "no model 'pns'; there is caps, pins");
  const auto version = repository->served("caps", "5");
  REQUIRE_FALSE(version.has_value());
  CHECK(version.error().what == "model 'caps' has no version '5'; there is 4");
  CHECK_FALSE(repository->served("caps", "four").has_value());
}

TEST_CASE("FoldersThatAreNoPackagesAreLeftAlone") {
  Models models;
  models.add("pins", "1", "add");
  models.add("pins", "old", "add");
  models.add("pins", "01", "add");
  models.add(".hidden", "1", "add");
  models.folder.write("README.md", "not a model");
  const auto repository = models.open();
  CHECK(repository->list().size() == 1);
}

TEST_CASE("AFailedVersionIsNotTriedAgainUntilAskedTo") {
  Models models;
  models.add("pins", "1", "broken");
  const auto repository = models.open();
  CHECK_FALSE(repository->served("pins", ""));
  models.add("pins", "1", "add");  // mended on disk
  CHECK_FALSE(repository->served("pins", ""));
  REQUIRE(repository->load_version("pins", ""));
  CHECK(repository->served("pins", ""));
}

TEST_CASE("KeepsTheOldModelWhenTheNewOneFails") {
  Models models;
  models.add("pins", "1", "add");
  const auto repository = models.open();
  REQUIRE(repository->served("pins", "1"));
  models.add("pins", "1", "broken");
  CHECK_FALSE(repository->load_version("pins", "1"));
  CHECK(repository->served("pins", "1"));
  CHECK(status_of(*repository, "pins", "1").state == ModelState::ready);
  CHECK(status_of(*repository, "pins", "1").reason != "");
}

TEST_CASE("NewFoldersAreNoticedAndLostOnesForgotten") {
  Models models;
  models.add("pins", "1", "add");
  const auto repository = models.open();
  models.add("pins", "2", "add");
  REQUIRE(repository->rescan());
  CHECK((*repository->served("pins", ""))->identity.version == "2");
  std::filesystem::remove_all(models.folder.path() / "pins" / "2");
  REQUIRE(repository->rescan());
  CHECK((*repository->served("pins", ""))->identity.version == "1");
}

TEST_CASE("AnUnloadedModelServesThoseWhoHoldItAndNobodyElse") {
  Models models;
  models.add("pins", "1", "add");
  const auto repository = models.open();
  const auto held = repository->served("pins", "");
  REQUIRE(held);
  REQUIRE(repository->unload_version("pins", ""));
  CHECK((*held)->model->signature().inputs.size() == 2);
  const auto gone = repository->served("pins", "");
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().what == "unloaded");
  CHECK_FALSE(repository->unload_version("pins", "9"));
  REQUIRE(repository->load_version("pins", ""));
  CHECK(repository->served("pins", ""));
}

TEST_CASE("TensorModelsSayWhyTheyTakeNoPictures") {
  Models models;
  models.add("sums", "1", "add");
  const auto repository = models.open();
  const auto predictor = repository->find("sums", "");
  REQUIRE_FALSE(predictor.has_value());
  CHECK(predictor.error().kind == ErrorKind::unsupported);
  CHECK(predictor.error().what.find("model.yaml") != std::string::npos);
}

constexpr std::string_view kBrightness =
    "task: classification\nlabels: [bright, dark]\ninput: {scale: 0.00392156862745}\n"
    "output: {decode: probabilities}\n";

TEST_CASE("APackageAnswersPicturesInItsOwnWords") {
  Models models;
  models.add("light", "1", "brightness");
  models.folder.write("light/1/model.yaml", kBrightness);
  const auto repository = models.open();
  const auto predictor = repository->find("light", "");
  REQUIRE_MESSAGE(predictor.has_value(), (predictor ? "" : predictor.error().what));
  image::Image white(4, 4, 3);
  std::fill_n(white.row(0), 48, uint8_t{255});
  const auto prediction = (*predictor)->predict(white.view(), nullptr);
  REQUIRE(prediction.has_value());
  CHECK(prediction->best()->label == "bright");
  CHECK(prediction->best()->score == doctest::Approx(1));
  CHECK((*repository->served("light", ""))->runs->value() == 1);
  CHECK((*predictor)->identity().digest.size() == 64);
}

TEST_CASE("APredictorOutlivesItsRepository") {
  Models models;
  models.add("light", "1", "brightness");
  models.folder.write("light/1/model.yaml", kBrightness);
  auto repository = models.open();
  const auto predictor = *repository->find("light", "1");
  repository.reset();
  image::Image black(4, 4, 3);
  std::fill_n(black.row(0), 48, uint8_t{0});
  CHECK(predictor->predict(black.view(), nullptr)->best()->label == "dark");
}

TEST_CASE("AMistakeInModelYamlMakesThePackageUnavailableAndIsNamed") {
  Models models;
  models.add("light", "1", "brightness");
  models.folder.write("light/1/model.yaml", "task: classification\nlabels: [only_one]\n");
  const auto repository = models.open();
  CHECK_FALSE(repository->find("light", ""));
  CHECK(status_of(*repository, "light", "1").state == ModelState::unavailable);
  CHECK(status_of(*repository, "light", "1").reason.find("label") != std::string::npos);
}

TEST_CASE("ManyWhoAskAtOnceGetOneModel") {
  Models models;
  models.add("pins", "1", "add");
  const auto repository = models.open();
  std::array<const ServedModel*, 8> seen{};
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < seen.size(); ++i) {
      threads.emplace_back([&, i] {
        const auto served = repository->served("pins", "");
        if (served) seen[i] = served->get();
      });
    }
  }
  for (const ServedModel* each : seen) {
    CHECK(each != nullptr);
    CHECK(each == seen[0]);
  }
}

TEST_CASE("ReloadingUnderUseNeverLeavesAGap") {
  Models models;
  models.add("pins", "1", "add");
  const auto repository = models.open();
  REQUIRE(repository->served("pins", ""));
  std::atomic<bool> stop = false;
  std::atomic<int> gaps = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        while (!stop) gaps += repository->served("pins", "") ? 0 : 1;
      });
    }
    for (int i = 0; i < 20; ++i) CHECK(repository->load_version("pins", "1"));
    stop = true;
  }
  CHECK(gaps == 0);
}

TEST_CASE("RunsAndFailuresAreCounted") {
  Models models;
  models.add("sums", "1", "add");
  const auto repository = models.open();
  const auto served = *repository->served("sums", "");
  CHECK_FALSE(served->run({}, {}));
  CHECK(served->runs->value() == 1);
  CHECK(served->failures->value() == 1);
  CHECK(served->infer_time->count() == 0);
  const std::string text = models.metrics.prometheus();
  CHECK(text.find("oree_model_runs_total{model=\"sums\",version=\"1\"} 1") != std::string::npos);
}

TEST_CASE("AMissingModelFolderIsNamed") {
  Models models;
  const auto repository = ModelRepository::open("/nowhere/models", models.backend, {}, models.metrics);
  REQUIRE_FALSE(repository.has_value());
  CHECK(repository.error().what.find("/nowhere/models") != std::string::npos);
}

TEST_CASE("ASealedNetworkIsServedAndNeverLiesOnTheDiskInTheClear") {
  Models models;
  models.add("pins", "1", "add");
  models.add("caps", "1", "add");
  const auto key = std::make_shared<sealing::KeyFile>(crypto::SecretKey::random(), "test");
  sealing::KeyFile stranger(crypto::SecretKey::random(), "test");
  const auto folder = models.folder.path();
  REQUIRE(
      sealing::seal_file(folder / "pins/1/model.onnx", folder / "pins/1/model.onnx.sealed", {key.get()}, {}));
  REQUIRE(
      sealing::seal_file(folder / "caps/1/model.onnx", folder / "caps/1/model.onnx.sealed", {&stranger}, {}));
  std::filesystem::remove(folder / "pins/1/model.onnx");
  std::filesystem::remove(folder / "caps/1/model.onnx");
  const auto without = models.open()->served("pins", "");
  REQUIRE_FALSE(without.has_value());
  CHECK(without.error().kind == ErrorKind::denied);
  CHECK(without.error().what.find("model_key") != std::string::npos);
  const auto repository = *ModelRepository::open(folder, models.backend, {}, models.metrics, key);
  const auto served = repository->served("pins", "");
  REQUIRE_MESSAGE(served.has_value(), (served ? "" : served.error().what));
  CHECK((*served)->platform == "fake_onnx");
  // As if it had never been sealed.
  CHECK((*served)->identity.digest == "a8b6ee5b0e0e6ffa98ea68ce62384b18d0bec852de9ac5fea84ca9888b6a46c3");
  CHECK(repository->served("caps", "").error().kind == ErrorKind::denied);
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) ++files;
    CHECK((entry.is_directory() || entry.path().extension() == ".sealed"));
  }
  CHECK(files == 2);
}

}  // namespace
}  // namespace oree::serving

#include "services/serving/trial/trials.h"

#include <doctest/doctest.h>

#include <future>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "services/serving/testing/models.h"
#include "services/serving/trial/agreement.h"

namespace oree::serving {
namespace {

using inference::FakeDefinition;
using oree::testing::FakeClock;
using tensor::DType;
using tensor::Tensor;
using testing::Models;

constexpr const char* kYaml =
    "task: classification\nlabels: [bright, dark]\ninput: {scale: 0.003921568627}\noutput: {decode: "
    "probabilities}\n";

Result<std::vector<Tensor>> opposite(std::span<const tensor::TensorView> in) {
  float sum = 0;
  for (const float value : in[0].as<float>()) sum += value;
  std::vector<Tensor> out;
  out.push_back(*Tensor::create(DType::f32, {1, 2}));
  out[0].as<float>()[0] = 1 - sum / 48;
  out[0].as<float>()[1] = sum / 48;
  return out;
}

Result<std::vector<Tensor>> always_bright(std::span<const tensor::TensorView>) {
  std::vector<Tensor> out;
  out.push_back(*Tensor::create(DType::f32, {1, 2}));
  out[0].as<float>()[0] = 1;
  out[0].as<float>()[1] = 0;
  return out;
}

Result<std::vector<Tensor>> broken(std::span<const tensor::TensorView>) {
  return fail(ErrorKind::unavailable, "out of order");
}

// A station that serves "light" 1, and updates beside it.
struct Bench {
  Models models, updates;
  FakeClock clock;
  std::unique_ptr<ModelRepository> repository;
  std::unique_ptr<Trials> trials;

  Bench() {
    const inference::Signature signature{{{"picture", DType::f32, {1, 3, 4, 4}}},
                                         {{"scores", DType::f32, {1, 2}}}};
    models.backend.define("opposite", {signature, opposite});
    models.backend.define("always_bright", {signature, always_bright});
    models.backend.define("broken", {signature, broken});
    put(models, "1", "brightness");
    repository = models.open();
    trials = std::make_unique<Trials>(*repository, clock);
  }
  static void put(const Models& where, std::string_view version, std::string_view word) {
    where.add("light", version, word);
    where.folder.write(cat("light/", version, "/model.yaml"), kYaml);
  }
  std::filesystem::path update(std::string_view version, std::string_view word) {
    put(updates, version, word);
    return updates.folder.path() / "light" / std::string(version);
  }
  // The label, or the error's sentence.
  std::string ask(uint8_t grey) {
    image::Image picture(4, 4, 3);
    for (int y = 0; y < 4; ++y) std::fill_n(picture.row(y), 12, grey);
    const auto predictor = repository->find("light", "");
    REQUIRE(predictor);
    const auto answer = (*predictor)->predict(picture.view(), nullptr);
    return answer ? answer->best()->label : answer.error().what;
  }
  std::string version() { return (*repository->served("light", ""))->identity.version; }
  // Asks until the shadow has an opinion; the mirror works on a thread of its own.
  Judgement shadow(const ShadowTerms& terms) {
    for (;;) {
      const auto judgement = trials->shadow("light", terms);
      if (judgement.kind != Judgement::Kind::undecided) return judgement;
      CHECK(ask(240) == "bright");
      std::this_thread::yield();
    }
  }
  // Until so many pictures were answered by both since the shadow began.
  void wait_for_mirror(uint64_t pictures) {
    while (mirrored < pictures) {
      for (const auto& one : trials->take_measures()) mirrored += one.shadowed.value_or(0);
      std::this_thread::yield();
    }
  }
  // Until it has loaded and answered its golden inputs, or has not.
  Judgement try_out(const std::filesystem::path& folder) {
    for (;;) {
      auto judgement = trials->try_out("light", folder);
      if (judgement.kind != Judgement::Kind::undecided) return judgement;
      std::this_thread::yield();
    }
  }
  Status hold(const std::filesystem::path& folder) {
    std::promise<Status> held;
    trials->hold("light", folder, [&](const Status& status) { held.set_value(status); });
    return held.get_future().get();
  }
  uint64_t mirrored = 0;
};

using Kind = Judgement::Kind;

TEST_CASE("AnUpdateIsTriedBesideTheOldVersionAndTakesOverWithoutAGap") {
  Bench bench;
  const auto folder = bench.update("2", "brightness");
  CHECK(bench.ask(240) == "bright");
  CHECK(bench.try_out(folder).kind == Kind::good);
  CHECK(bench.version() == "1");
  CHECK(bench.shadow({.percent = 100, .requests = 5}).kind == Kind::good);
  CHECK(bench.version() == "1");
  CHECK(bench.trials->take_over("light", folder).kind == Kind::good);
  CHECK(bench.version() == "2");
  CHECK(bench.trials->prove("light").kind == Kind::undecided);
  CHECK(bench.ask(10) == "dark");
  bench.clock.advance(std::chrono::seconds(5));
  CHECK(bench.trials->prove("light").kind == Kind::good);
  CHECK(bench.trials->take_over("light", "").kind == Kind::good);
  CHECK(bench.version() == "1");
}

TEST_CASE("WhatAnUpdateWouldFallBackToIsHeldWithoutServing") {
  Bench bench;
  const auto two = bench.update("2", "brightness"), three = bench.update("3", "brightness");
  REQUIRE(bench.trials->take_over("light", three).kind == Judgement::Kind::good);
  CHECK(!bench.trials->holds(two));
  REQUIRE(bench.hold(two));
  CHECK(bench.trials->holds(two));
  REQUIRE(bench.hold(""));  // what the station brought
  CHECK(bench.repository->list().front().state == ModelState::ready);
  CHECK(bench.version() == "3");
  CHECK(!bench.hold(bench.updates.folder.path() / "light" / "9"));
}

TEST_CASE("TakingBackDoesNotWaitForWhatIsBeingTried") {
  std::promise<void> asked, go_on;
  const auto gate = go_on.get_future().share();
  Bench bench;
  bench.models.backend.define("slow",
                              {{{{"picture", DType::f32, {1, 3, 4, 4}}}, {{"scores", DType::f32, {1, 2}}}},
                               [&, told = false](std::span<const tensor::TensorView> in) mutable {
                                 if (!std::exchange(told, true)) asked.set_value();
                                 gate.wait();
                                 return always_bright(in);
                               }});
  const auto two = bench.update("2", "brightness"), three = bench.update("3", "slow");
  REQUIRE(bench.trials->take_over("light", two).kind == Kind::good);
  CHECK(bench.trials->try_out("light", three).kind == Kind::undecided);
  asked.get_future().wait();
  CHECK(bench.trials->try_out("light", three).kind == Kind::undecided);
  CHECK(bench.trials->take_over("light", "").kind == Kind::good);
  CHECK(bench.version() == "1");
  bench.trials->forget(three);
  CHECK(!bench.trials->holds(three));
  go_on.set_value();
  bench.trials.reset();  // waits for what is still under way
}

TEST_CASE("AShadowThatDisagreesIsRefusedAndNobodyGotItsAnswers") {
  Bench bench;
  REQUIRE(bench.try_out(bench.update("2", "opposite")).kind == Kind::good);
  const auto judgement = bench.shadow({.percent = 100, .requests = 5});
  CHECK(judgement.kind == Kind::bad);
  CHECK(judgement.code == "shadow");
}

TEST_CASE("AShadowThatAgreesTooSeldomIsAskedOnUntilItIsClear") {
  Bench bench;
  REQUIRE(bench.try_out(bench.update("2", "always_bright")).kind == Kind::good);
  const ShadowTerms terms{.percent = 100, .requests = 10, .at_most = std::chrono::hours(1), .agreement = 0.9};
  // Dark pictures are told otherwise, and every fifth is one: of ten, eight agree, which chance explains.
  uint64_t asked = 0;
  Judgement judgement = bench.trials->shadow("light", terms);
  while (judgement.kind == Kind::undecided && asked < 2000) {
    bench.ask(++asked % 5 == 0 ? 10 : 240);
    bench.wait_for_mirror(asked);
    judgement = bench.trials->shadow("light", terms);
    if (asked < 10) REQUIRE(judgement.kind == Kind::undecided);
  }
  CHECK(judgement.kind == Kind::bad);
  CHECK(asked > 10);
}

TEST_CASE("AShadowIsNotRefusedForWhatChanceExplains") {
  struct Row {
    uint64_t agreed, all;
    Share share;
  };
  for (const Row& row : {Row{5, 5, Share::reached}, Row{0, 5, Share::refuted}, Row{47, 50, Share::unclear},
                         Row{46, 50, Share::unclear}, Row{25, 50, Share::refuted}, Row{0, 50, Share::refuted},
                         Row{950, 1000, Share::reached}, Row{800, 1000, Share::refuted}}) {
    CAPTURE(row.agreed);
    CAPTURE(row.all);
    CHECK(judge_share(0.95, row.agreed, row.all) == row.share);
  }
}

TEST_CASE("AShadowThatNobodyAsksAnythingIsDecidedInTheEnd") {
  Bench bench;
  REQUIRE(bench.try_out(bench.update("2", "opposite")).kind == Kind::good);
  CHECK(bench.trials->shadow("light", {}).kind == Kind::undecided);
  bench.clock.advance(std::chrono::minutes(11));
  CHECK(bench.trials->shadow("light", {}).kind == Kind::good);
}

TEST_CASE("GoldenInputsThatAnswerOtherwiseRefuseTheUpdate") {
  Bench bench;
  const auto folder = bench.update("2", "opposite");
  image::Image white(4, 4, 3);
  for (int y = 0; y < 4; ++y) std::fill_n(white.row(y), 12, uint8_t{250});
  const auto jpeg = image::encode_jpeg(white.view(), 90);
  REQUIRE(jpeg);
  bench.updates.folder.write("light/2/golden/white.jpg", std::string(as_text(*jpeg)));
  bench.updates.folder.write("light/2/golden/white.json",
                             R"({"label": "bright", "score": 0.98, "tolerance": 0.05})");
  const auto refused = bench.try_out(folder);
  CHECK(refused.kind == Kind::bad);
  CHECK(refused.code == "self_test");
  CHECK(refused.message.find("golden input 'white': expected bright, got dark") != std::string::npos);

  bench.updates.folder.write("light/3/golden/white.jpg", std::string(as_text(*jpeg)));
  bench.updates.folder.write("light/3/golden/white.json",
                             R"({"label": "bright", "score": 0.98, "tolerance": 0.05})");
  CHECK(bench.try_out(bench.update("3", "brightness")).kind == Kind::good);
  bench.updates.folder.write("light/4/golden/white.jpg", std::string(as_text(*jpeg)));
  bench.updates.folder.write("light/4/golden/white.json", R"({"label": "bright", "score": 0.5})");
  CHECK(bench.try_out(bench.update("4", "brightness")).code == "self_test");
}

TEST_CASE("WhatCannotBeLoadedOrCannotAnswerIsRefused") {
  Bench bench;
  CHECK(bench.try_out(bench.update("2", "no-such-fake")).code == "load");
  CHECK(bench.try_out(bench.update("3", "broken")).code == "self_test");
  CHECK(bench.version() == "1");
}

TEST_CASE("AVersionWhoseAnswersFailIsNoticed") {
  Bench bench;
  CHECK(bench.ask(240) == "bright");
  const auto folder = bench.update("2", "broken");
  REQUIRE(bench.trials->take_over("light", folder).kind == Kind::good);
  for (int i = 0; i < 5; ++i) bench.ask(240);
  CHECK(bench.trials->prove("light").code == "errors");
  CHECK(bench.trials->watch("light", {}).code == "errors");
}

TEST_CASE("ConfidencesThatMovedFromWhatWasLearnedAreDrift") {
  Bench bench;
  const auto folder = bench.update("2", "brightness");
  std::string counts = "[";
  for (int i = 0; i < 100; ++i) counts += cat(i == 99 ? 1000 : 0, i == 99 ? "]" : ",");
  bench.updates.folder.write("light/2/confidences.json", counts);
  REQUIRE(bench.trials->take_over("light", folder).kind == Kind::good);
  for (int i = 0; i < 99; ++i) bench.ask(150);  // sure by 0.59
  CHECK(bench.trials->watch("light", {}).kind == Kind::undecided);
  bench.ask(150);
  CHECK(bench.trials->watch("light", {}).code == "drift");
  const auto measures = bench.trials->take_measures();
  REQUIRE(measures.size() == 1);
  CHECK(measures[0].version == "2");
  CHECK(measures[0].seen.requests == 100);
  CHECK(measures[0].learned.has_value());
  CHECK(bench.trials->take_measures().empty());
}

}  // namespace
}  // namespace oree::serving

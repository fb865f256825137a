#include <doctest/doctest.h>

#include "core/inference/testing/model_service.h"
#include "services/serving/scheduler/ensemble/ensemble_model.h"
#include "services/serving/scheduler/testing/sum_model.h"

namespace oree::serving {
namespace {

using inference::Description;
using modelconfig::Ensembling;
using testing::SumCall;
using testing::SumModel;

// SUM = (A + B) + (A + B), by one step that adds and one that doubles.
Ensembling doubled() {
  Ensembling ensemble;
  ensemble.step = {{"add", -1, {{"A", "both"}, {"B", "both"}}, {{"SUM", "SUM"}}, ""},
                   {"add", -1, {{"A", "A"}, {"B", "B"}}, {{"SUM", "both"}}, ""}};
  return ensemble;
}

struct Bench {
  Bench() {
    Description add = testing::sum_description(0);
    add.name = "add";
    service.add(add, std::make_unique<SumModel>());
  }
  Result<std::shared_ptr<Scheduled>> make(Ensembling ensemble, Description description) {
    SchedulerSettings settings;
    settings.ensemble = std::move(ensemble);
    description.platform = "ensemble";
    return schedule({std::move(description), "{}", settings, {}}, {workers, clock, &service});
  }
  std::string error_of(Ensembling ensemble) {
    const auto made = make(std::move(ensemble), testing::sum_description(0));
    return made ? "" : made.error().what;
  }
  SystemClock clock;
  Workers workers{clock};
  inference::testing::ModelService service;
};

}  // namespace

TEST_CASE("Steps run in the order their tensors come, whatever order they are written in") {
  Bench bench;
  const auto model = bench.make(doubled(), testing::sum_description(0));
  REQUIRE(model);
  SumCall call(20);
  for (int i = 0; i < 3; ++i) {
    call.again();
    (*model)->start(call);
    REQUIRE(call.wait());
    CHECK(call.sum() == 42);
  }
  CHECK((*model)->statistics().success.count == 3);
  CHECK(bench.service.statistics("add", "")->at(0).success.count == 6);
}

TEST_CASE("The last step writes into the client's memory") {
  Bench bench;
  const auto model = bench.make(doubled(), testing::sum_description(0));
  alignas(64) std::array<std::byte, 16> memory{};
  SumCall call(20);
  inference::CallOutput& output = call.add_output();
  output.name = "SUM";
  output.preset = memory;
  (*model)->start(call);
  REQUIRE(call.wait());
  CHECK(call.outputs[0].tensor.data.data() == memory.data());
  CHECK(call.sum() == 42);
}

TEST_CASE("A step that fails is the ensemble's failure, told once") {
  Bench bench;
  const auto model = bench.make(doubled(), testing::sum_description(0));
  SumCall call(SumModel::kPoison);
  (*model)->start(call);
  CHECK(call.wait().error().what == "in ensemble 'sum', a poisoned row");
  CHECK(call.times_finished() == 1);
  CHECK((*model)->statistics().fail.count == 1);
}

TEST_CASE("A step that was unloaded is said so") {
  Bench bench;
  const auto model = bench.make(doubled(), testing::sum_description(0));
  REQUIRE(bench.service.unload("add", false));
  SumCall call(1);
  (*model)->start(call);
  CHECK(call.wait().error().what ==
        "in ensemble 'sum', Request for unknown model: 'add' has no available versions");
}

TEST_CASE("What cannot work is refused at load, naming the step") {
  Bench bench;
  Ensembling wrong = doubled();
  SUBCASE("a cycle") {
    wrong.step[1].input_map["A"] = "SUM";
    CHECK(bench.error_of(wrong) == "ensemble 'sum' has a cycle: step 'add' waits for its own output");
  }
  SUBCASE("a tensor that nothing gives") {
    wrong.step[1].input_map["A"] = "C";
    CHECK(bench.error_of(wrong).starts_with("ensemble 'sum' gives tensor 'C' to step 'add', and neither"));
  }
  SUBCASE("two origins") {
    wrong.step[1].output_map["SUM"] = "SUM";
    CHECK(bench.error_of(wrong).starts_with("ensemble 'sum' has two origins of tensor 'SUM'"));
  }
  SUBCASE("an input without a tensor") {
    wrong.step[0].input_map.erase("B");
    CHECK(bench.error_of(wrong) ==
          "in ensemble sum, input B in model add is not mapped to any ensemble tensors");
  }
  SUBCASE("a port that the model has not") {
    wrong.step[0].input_map["Z"] = "both";
    CHECK(bench.error_of(wrong) ==
          "in ensemble sum, ensemble tensor both is mapping to non-existing input Z in model add");
  }
  SUBCASE("a model that is not there") {
    wrong.step[0].model_name = "sub";
    CHECK(bench.error_of(wrong) ==
          "ensemble 'sum', step 'sub': Request for unknown model: 'sub' is not found");
  }
  SUBCASE("an output that no step gives") {
    wrong.step[0].output_map["SUM"] = "else";
    CHECK(bench.error_of(wrong).starts_with("ensemble 'sum' has an output 'SUM' that no step gives"));
  }
  SUBCASE("other datatypes") {
    Description description = testing::sum_description(0);
    description.inputs[0].spec.dtype = tensor::DType::f32;
    const auto made = bench.make(wrong, description);
    REQUIRE(!made);
    CHECK(made.error().what ==
          "in ensemble sum, ensemble tensor A: inconsistent data type: TYPE_FP32 is inferred from model sum "
          "while TYPE_INT32 is inferred from model add");
  }
}

}  // namespace oree::serving

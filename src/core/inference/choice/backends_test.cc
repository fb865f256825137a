#include "core/inference/choice/backends.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/text.h"
#include "core/inference/backends/fake/fake_backend.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::inference {
namespace {

using files::testing::TempFolder;
using tensor::DType;
using tensor::Tensor;

constexpr size_t kSize = 64;

// Doubles its input, working as long as `work` says; a runtime of the tests' own.
std::unique_ptr<Backend> runtime(int work, float factor = 2, const std::string& input = "x") {
  auto backend = std::make_unique<FakeBackend>();
  const auto compute = [work,
                        factor](std::span<const tensor::TensorView> inputs) -> Result<std::vector<Tensor>> {
    Tensor out = *Tensor::create(DType::f32, {1, kSize});
    for (int turn = 0; turn < work; ++turn) {
      for (size_t i = 0; i < kSize; ++i) {
        volatile float value = inputs[0].as<float>()[i] * factor;
        out.as<float>()[i] = value;
      }
    }
    std::vector<Tensor> outputs;
    outputs.push_back(std::move(out));
    return outputs;
  };
  backend->define("net", {{{{input, DType::f32, {1, kSize}}}, {{"y", DType::f32, {1, kSize}}}}, compute});
  return backend;
}

BackendRow row(std::string name, int work, float factor = 2, std::string input = "x") {
  return {name, {".net"}, [=]() -> Result<std::unique_ptr<Backend>> { return runtime(work, factor, input); }};
}

BackendRow missing(std::string name) {
  return {name, {".net"}, [=]() -> Result<std::unique_ptr<Backend>> {
            return fail(ErrorKind::unavailable, cat(name, " is not installed; do this"));
          }};
}

std::filesystem::path network(const TempFolder& folder) {
  return folder.write("model.net", "oree-fake net");
}

TEST_CASE("AModelIsLoadedByTheBackendThatIsNamedOrTheFirstThatIsInstalled") {
  const TempFolder folder;
  Backends backends({missing("first"), row("second", 1), row("third", 1)});
  const auto second = backends.load({network(folder)}, "", {});
  REQUIRE(second.has_value());
  CHECK(second->choice.backend == "second");
  const auto third = backends.load({network(folder)}, "third", {});
  REQUIRE(third.has_value());
  CHECK(third->choice.backend == "third");
  CHECK(backends.for_file("a.net") == std::vector<std::string>{"second", "third"});
  CHECK(backends.for_file("a.onnx").empty());
}

TEST_CASE("ARuntimeThatWasPreparedIsTheOneThatLoads") {
  const TempFolder folder;
  std::string opened;
  const auto counted = [&opened](BackendRow wanted) {
    wanted.open = [&opened, name = wanted.name, open = wanted.open] {
      opened += name;
      return open();
    };
    return wanted;
  };
  Backends backends({counted(missing("a")), counted(row("b", 1)), counted(row("c", 1))});
  backends.prepare("model.onnx", "");
  CHECK(opened == "");
  backends.prepare(network(folder), "");
  CHECK(opened == "ab");
  backends.prepare(network(folder), "c");
  CHECK(opened == "abc");
  CHECK(backends.load({network(folder)}, "", {})->choice.backend == "b");
  CHECK(opened == "abc");
}

TEST_CASE("WhatIsMissingIsSaidWithTheWayOutAndWhatIsUnknownWithTheNames") {
  const TempFolder folder;
  Backends backends({missing("first")});
  const auto absent = backends.load({network(folder)}, "first", {});
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().kind == ErrorKind::unavailable);
  CHECK(absent.error().what.find("do this") != std::string::npos);
  const auto unknown = backends.load({network(folder)}, "nothing", {});
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == ErrorKind::not_found);
  CHECK(unknown.error().what.find("first") != std::string::npos);
  const auto format = backends.load({folder.write("model.other", "x")}, "", {});
  REQUIRE_FALSE(format.has_value());
  CHECK(format.error().what.find(".other") != std::string::npos);
}

TEST_CASE("AutoKeepsTheQuickerOneAndRemembersItForTheSameContentAndRuntimes") {
  const TempFolder folder;
  const std::filesystem::path memory = folder.path() / "deep" / "choices.json";
  {
    Backends backends({row("slow", 4000), row("quick", 10)}, {}, memory);
    const auto loaded = backends.load({network(folder)}, "auto", {});
    REQUIRE(loaded.has_value());
    CHECK(loaded->choice.backend == "quick");
    CHECK_FALSE(loaded->choice.remembered);
    REQUIRE(loaded->choice.candidates.size() == 2);
    CHECK(loaded->choice.candidates[0].run > loaded->choice.candidates[1].run);
  }
  Backends again({row("slow", 4000), row("quick", 10)}, {}, memory);
  const auto loaded = again.load({network(folder)}, "auto", {});
  REQUIRE(loaded.has_value());
  CHECK(loaded->choice.remembered);
  CHECK(loaded->choice.backend == "quick");
  CHECK(loaded->choice.candidates.size() == 2);
  Backends grown({row("slow", 4000), row("quick", 10), row("new", 10)}, {}, memory);
  const auto anew = grown.load({network(folder)}, "auto", {});
  REQUIRE(anew.has_value());
  CHECK_FALSE(anew->choice.remembered);
  std::ofstream(memory) << "{ damaged";
  const auto damaged = again.load({network(folder)}, "auto", {});
  REQUIRE(damaged.has_value());
  CHECK_FALSE(damaged->choice.remembered);
}

TEST_CASE("AutoDoesNotKeepOneThatAnswersOtherwise") {
  const TempFolder folder;
  Backends backends({row("right", 4000), row("wrong", 10, 3), row("named", 10, 2, "z")});
  const auto loaded = backends.load({network(folder)}, "auto", {});
  REQUIRE(loaded.has_value());
  CHECK(loaded->choice.backend == "right");
  CHECK(loaded->choice.candidates[1].refused.find("answers") != std::string::npos);
  CHECK(loaded->choice.candidates[2].refused.find("named") != std::string::npos);
}

TEST_CASE("TheSameContentIsOneModelInMemoryUntilNobodyHoldsIt") {
  const TempFolder folder;
  Backends backends({row("only", 1)});
  const ModelSource one{network(folder), {}, "abc"},
      other{folder.write("other.net", "oree-fake net"), {}, "abc"};
  auto first = backends.load(one, "only", {});
  auto second = backends.load(other, "only", {});
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->model == second->model);
  const auto threaded = backends.load(one, "only", {.threads = 2});
  REQUIRE(threaded.has_value());
  CHECK(threaded->model != first->model);
  const std::weak_ptr<const Model> watched = first->model;
  first->model.reset();
  second->model.reset();
  CHECK(watched.expired());
}

TEST_CASE("AConversionLetsARuntimeLoadWhatItDoesNotRead") {
  const TempFolder folder;
  const auto convert = [](const std::filesystem::path&) -> Result<std::string> { return "oree-fake net"; };
  Backends backends({row("only", 1)}, {{".foreign", ".net", convert}});
  const auto loaded = backends.load({folder.write("model.foreign", "something else")}, "", {});
  REQUIRE(loaded.has_value());
  CHECK(loaded->model->signature().inputs[0].name == "x");
  // From memory there is no file to convert.
  const auto bytes = backends.load({"model.foreign", as_bytes("something else")}, "", {});
  REQUIRE_FALSE(bytes.has_value());
  CHECK(bytes.error().kind == ErrorKind::unsupported);
}

}  // namespace
}  // namespace oree::inference

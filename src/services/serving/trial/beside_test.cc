#include "services/serving/trial/beside.h"

#include <doctest/doctest.h>

#include <future>

#include "services/serving/testing/models.h"

namespace oree::serving {
namespace {

using testing::Models;

// Loads that go on when they are told to, and are counted.
struct Bench {
  Models models;
  std::unique_ptr<ModelRepository> repository;
  std::promise<void> begun, go_on;
  std::shared_future<void> gate = go_on.get_future().share();
  std::atomic<int> loads = 0;
  std::weak_ptr<const ServedModel> last;
  Beside beside{[this](const std::filesystem::path& folder) {
    if (++loads == 1) begun.set_value();
    gate.wait();
    auto model = repository->load_beside(folder);
    if (model) last = *model;
    return model;
  }};

  Bench() {
    models.add("pins", "1", "add");
    repository = models.open();
  }
  std::filesystem::path folder(const char* version = "1") const {
    return models.folder.path() / "pins" / version;
  }
  // A load that has begun, and stands.
  void begin() {
    beside.run([this] { (void)beside.get(folder()); });
    begun.get_future().wait();
  }
};

TEST_CASE("ALoadThatIsUnderWayIsJoinedAndNotBegunTwice") {
  Bench bench;
  bench.begin();
  CHECK(bench.beside.holds(bench.folder()));
  auto joined = std::async(std::launch::async, [&] { return bench.beside.get(bench.folder()); });
  bench.go_on.set_value();
  const auto model = joined.get();
  REQUIRE(model);
  CHECK(*model == bench.last.lock());
  CHECK(*bench.beside.get(bench.folder()) == *model);
  CHECK(bench.loads == 1);
}

TEST_CASE("ALoadThatNobodyWantsAnyMoreIsLetGoOfWhenItIsDone") {
  Bench bench;
  bench.begin();
  bench.beside.forget(bench.folder());  // waits for nothing
  CHECK(!bench.beside.holds(bench.folder()));
  bench.go_on.set_value();
  bench.beside.wait();
  CHECK(bench.last.expired());
  CHECK(!bench.beside.holds(bench.folder()));
}

TEST_CASE("WhatIsWantedAgainWhileItStillLoadsStays") {
  Bench bench;
  bench.begin();
  bench.beside.forget(bench.folder());
  auto again = std::async(std::launch::async, [&] { return bench.beside.get(bench.folder()); });
  while (!bench.beside.holds(bench.folder())) std::this_thread::yield();
  bench.go_on.set_value();
  REQUIRE(again.get());
  bench.beside.wait();
  CHECK(!bench.last.expired());
  CHECK(bench.loads == 1);
}

TEST_CASE("WhatDidNotLoadIsTriedAgainWhenItIsAskedForAgain") {
  Bench bench;
  bench.go_on.set_value();
  CHECK(!bench.beside.get(bench.folder("2")));
  CHECK(!bench.beside.holds(bench.folder("2")));
  bench.models.add("pins", "2", "add");
  CHECK(bench.beside.get(bench.folder("2")));
  CHECK(bench.loads == 2);
}

}  // namespace
}  // namespace oree::serving

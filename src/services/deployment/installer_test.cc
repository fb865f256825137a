#include "services/deployment/installer.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "platform/files/testing/fake_disk.h"
#include "services/deployment/testing/bench_hub.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;
using oree::testing::FakeClock;
using testing::BenchHub;
using testing::BenchWorkplace;
using testing::make_package;
using testing::wish_for;

constexpr const char* kFolder = "/data/deployment";

struct Bench {
  FakeDisk disk;
  BenchHub hub;
  BenchWorkplace workplace{disk};
  FakeClock clock;
  NullLog log;
  std::unique_ptr<SlotStore> store;
  std::unique_ptr<Installer> installer;
  int boots = 0;
  bool hold_always = false;

  Bench() { boot(); }
  void boot() {
    installer.reset();
    workplace.held.clear();  // another process
    auto opened = SlotStore::open(kFolder, disk, log);
    REQUIRE(opened);
    store = std::make_unique<SlotStore>(std::move(*opened));
    InstallerWorld world{*store, workplace, hub, clock, log, cat("boot-", ++boots), "x86_64"};
    world.hold_always = hold_always;
    installer = std::make_unique<Installer>(std::move(world));
    installer->start();
  }
  testing::BenchPackage package(const std::string& version, uint64_t release,
                                const std::string& model = "good") {
    auto made = make_package("ducks", version, release, cat(model, " ", version, std::string(3000, 'w')));
    hub.add(made);
    return made;
  }
  void wish(const testing::BenchPackage& package) {
    REQUIRE(installer->wish(UnitKind::model, "ducks", wish_for(package)));
  }
  // Until nothing is to be done, or for that many steps.
  int run(int steps = 200) {
    for (int i = 0; i < steps; ++i) {
      const auto pause = installer->advance();
      if (!pause) return i;
      clock.advance(*pause);
    }
    return steps;
  }
  Unit unit() const { return store->unit(UnitKind::model, "ducks"); }
  std::string serving() { return workplace.serving["ducks"]; }
};

TEST_CASE("ADiskWithoutRoomRefusesAndSaysSoAndThePackageComesWhenThereIsRoom") {
  Bench bench;
  const auto package = bench.package("2", 2);
  bench.disk.set_capacity((16 << 20) + 3000);
  bench.wish(package);
  bench.run(20);
  const Refusal* why = bench.installer->hindrance(UnitKind::model, "ducks");
  REQUIRE(why != nullptr);
  CHECK(why->code == "full");
  CHECK(why->message.find("make room") != std::string::npos);
  CHECK(bench.serving() == "");
  bench.disk.set_capacity(1 << 30);
  bench.run();
  CHECK(bench.serving() == package.ref.digest);
  CHECK(bench.installer->hindrance(UnitKind::model, "ducks") == nullptr);
}

TEST_CASE("ALineThatIsAwayIsTriedForEverAndNeverInAHurry") {
  Bench bench;
  const auto package = bench.package("2", 2);
  bench.hub.reachable = false;
  bench.wish(package);
  int tries = 0;
  microseconds passed{0};
  while (passed < std::chrono::hours(24 * 30)) {
    const auto pause = bench.installer->advance();
    REQUIRE(pause);
    ++tries;
    bench.clock.advance(*pause);
    passed += *pause;
  }
  CHECK(tries < 30 * 24 * 12 + 20);
  CHECK(tries > 30 * 24 * 11);
  bench.hub.reachable = true;
  bench.run();
  CHECK(bench.serving() == package.ref.digest);
}

TEST_CASE("PausesDoNotGrowWhileEveryTryBringsBytes") {
  Bench bench;
  bench.hub.piece = 50;  // some 60 cuts
  const auto package = bench.package("2", 2);
  bench.wish(package);
  microseconds passed{0};
  for (int i = 0; i < 400 && bench.serving() != package.ref.digest; ++i) {
    const auto pause = bench.installer->advance();
    REQUIRE(pause);
    bench.clock.advance(*pause);
    passed += *pause;
  }
  CHECK(bench.serving() == package.ref.digest);
  CHECK(passed < std::chrono::minutes(3));
}

TEST_CASE("NoByteIsFetchedTwiceHoweverOftenTheLineIsCut") {
  Bench bench;
  bench.hub.piece = 100;
  const auto package = bench.package("2", 2);
  bench.wish(package);
  bench.run(7);
  bench.boots -= 1;  // the same boot of the machine: a kill
  bench.boot();
  bench.run();
  CHECK(bench.serving() == package.ref.digest);
  uint64_t bytes = 0;
  for (const auto& [digest, blob] : package.blobs) bytes += blob.size();
  CHECK(bench.hub.sent <= bytes + 3100);
}

TEST_CASE("AFileThatAnotherPackageBroughtDoesNotTravelAgainUnlessItDecayed") {
  Bench bench;
  const std::string weights = cat("good ", std::string(30'000, 'w'));
  const auto package = [&](const std::string& version, uint64_t release) {
    auto made = make_package("ducks", version, release, weights);  // with another model.yaml each
    bench.hub.add(made);
    return made;
  };
  const auto one = package("1", 1), two = package("2", 2), three = package("3", 3);
  bench.wish(one);
  bench.run();
  const uint64_t sent = bench.hub.sent;
  CHECK(sent > weights.size());
  bench.wish(two);
  bench.run();
  CHECK(bench.serving() == two.ref.digest);
  CHECK(bench.hub.sent < sent + 100);
  for (const auto& here : {one, two}) {
    const auto folder = bench.store->content_folder(here.ref.digest, "ducks", here.ref.version);
    bench.disk.damage(folder / "model.onnx", 100, as_bytes("?"));
  }
  bench.wish(three);
  bench.run();
  CHECK(bench.serving() == three.ref.digest);
  CHECK(bench.hub.sent > sent + weights.size());
}

TEST_CASE("WhatIsDamagedGivesWayToTheLastGoodOneAndThatToWhatTheStationBrought") {
  Bench bench;
  const auto one = bench.package("1", 1), two = bench.package("2", 2);
  bench.wish(one);
  bench.run();
  bench.wish(two);
  bench.run();
  CHECK(bench.serving() == two.ref.digest);
  const auto damage = [&](const testing::BenchPackage& package) {
    bench.disk.damage(
        bench.store->content_folder(package.ref.digest, "ducks", package.ref.version) / "model.onnx", 10,
        as_bytes("?"));
  };
  damage(two);
  bench.boot();
  CHECK(bench.serving() == one.ref.digest);
  CHECK(bench.unit().last->kind == Outcome::Kind::rolled_back);
  damage(one);
  bench.boot();
  CHECK(bench.serving() == "");
  bench.wish(two);  // the hub still wants it: it was not the package's fault
  bench.run();
  CHECK(bench.serving() == two.ref.digest);
}

TEST_CASE("ADamagedStateIsReadFromItsCopyAndWithoutBothTheStationServesItsOwn") {
  Bench bench;
  const auto one = bench.package("1", 1);
  bench.wish(one);
  bench.run();
  bench.disk.damage(files::Path(kFolder) / "state", 40, as_bytes("####"));
  bench.boot();
  CHECK(bench.serving() == one.ref.digest);
  bench.disk.damage(files::Path(kFolder) / "state", 40, as_bytes("####"));
  bench.disk.damage(files::Path(kFolder) / "state.copy", 40, as_bytes("####"));
  bench.boot();
  CHECK(bench.store->units().empty());
  const uint64_t sent = bench.hub.sent;
  bench.wish(one);
  bench.run();
  CHECK(bench.serving() == one.ref.digest);
  CHECK(bench.hub.sent == sent);  // its files are still there, and good
}

TEST_CASE("AProcessThatDiesThreeTimesWithAPackageDoesNotTakeItAFourthTime") {
  Bench bench;
  const auto one = bench.package("1", 1), two = bench.package("2", 2);
  bench.wish(one);
  bench.run();
  bench.workplace.undecided = "prove";
  bench.wish(two);
  bench.run(30);
  CHECK(bench.serving() == two.ref.digest);
  for (int i = 0; i < kMaxStarts; ++i) {
    bench.boot();
    CHECK(bench.serving() == two.ref.digest);
  }
  bench.boot();
  CHECK(bench.serving() == one.ref.digest);
  bench.wish(two);
  CHECK(bench.unit().last->why.code == "known_bad");
}

TEST_CASE("AProcessThatStartsWhileANewOneIsWatchedHoldsWhatItWouldFallBackTo") {
  for (const char* phase : {"prove", "watch"}) {
    Bench bench;
    const auto one = bench.package("1", 1), two = bench.package("2", 2);
    bench.wish(one);
    bench.run();
    bench.workplace.undecided = phase;
    bench.wish(two);
    bench.run(30);
    bench.boot();
    bench.run(3);
    CHECK(bench.serving() == two.ref.digest);
    CHECK(bench.workplace.held.contains(one.ref.digest));
    // So the way back reads nothing: not even a file that has gone meanwhile is missed.
    bench.disk.damage(bench.store->content_folder(one.ref.digest, "ducks", "1") / "model.onnx", 10,
                      as_bytes("?"));
    REQUIRE(bench.installer->condemn(two.ref.digest));
    CHECK(bench.serving() == one.ref.digest);
  }
}

TEST_CASE("WhoAsksForItHoldsTheLastGoodOneAlwaysAndNothingElse") {
  for (const bool started_again : {false, true}) {
    Bench bench;
    bench.hold_always = true;
    bench.boot();
    const auto one = bench.package("1", 1), two = bench.package("2", 2), three = bench.package("3", 3);
    for (const auto* package : {&one, &two, &three}) {
      bench.wish(*package);
      bench.run();
    }
    if (started_again) bench.boot();
    CHECK(bench.workplace.held == std::set<std::string>{two.ref.digest, three.ref.digest});
    bench.disk.damage(bench.store->content_folder(two.ref.digest, "ducks", "2") / "model.onnx", 10,
                      as_bytes("?"));
    REQUIRE(bench.installer->condemn(three.ref.digest));  // reads nothing
    CHECK(bench.serving() == two.ref.digest);
    CHECK(bench.workplace.held == std::set<std::string>{two.ref.digest});
  }
}

TEST_CASE("ADiskThatTakesNoNoteDoesNotKeepABadPackageServing") {
  Bench bench;
  const auto one = bench.package("1", 1), two = bench.package("2", 2);
  bench.wish(one);
  bench.run();
  bench.workplace.undecided = "watch";
  bench.wish(two);
  bench.run(30);
  bench.disk.set_capacity(bench.disk.used_bytes());
  CHECK(!bench.installer->condemn(two.ref.digest));
  CHECK(bench.serving() == one.ref.digest);
  bench.run(5);
  CHECK(bench.serving() == one.ref.digest);
  CHECK(bench.installer->hindrance(UnitKind::model, "ducks")->code == "full");
  bench.disk.set_capacity(1 << 30);
  bench.run();
  CHECK(bench.serving() == one.ref.digest);
  CHECK(bench.unit().last->why.code == "told");
}

TEST_CASE("WhileAPackageIsTriedOutItsFilesAreNotReadAgainAndWhatServesMayBeTakenBack") {
  Bench bench;
  const auto one = bench.package("1", 1), two = bench.package("2", 2), three = bench.package("3", 3);
  bench.wish(one);
  bench.run();
  bench.wish(two);
  bench.run();
  bench.workplace.undecided = "install";
  bench.wish(three);
  bench.run(20);
  REQUIRE(bench.unit().phase == Phase::installing);
  // What was whole is not looked at again: that would take as long as going back may.
  bench.disk.damage(bench.store->content_folder(three.ref.digest, "ducks", "3") / "model.onnx", 10,
                    as_bytes("?"));
  bench.run(20);
  CHECK(bench.unit().phase == Phase::installing);
  REQUIRE(bench.installer->condemn(two.ref.digest));
  CHECK(bench.serving() == one.ref.digest);
  CHECK(bench.unit().phase == Phase::installing);
  bench.boot();  // another process reads it first
  bench.run(1);
  CHECK(bench.unit().phase == Phase::downloading);
}

TEST_CASE("APackageThatIsNotWhatWasAskedForIsNotTaken") {
  Bench bench;
  const auto package = bench.package("2", 2);
  Wish wish = wish_for(package);
  wish.package.version = "3";
  REQUIRE(bench.installer->wish(UnitKind::model, "ducks", wish));
  bench.run(10);
  CHECK(bench.installer->hindrance(UnitKind::model, "ducks")->code == "tuf");
  CHECK(bench.serving() == "");
}

}  // namespace
}  // namespace oree::deployment

// What is known to be bad only grows: whatever the order in which the disk fills, the hub tells, the station
// starts and there is room again.
#include <doctest/doctest.h>

#include <random>

#include "base/testing/fake_clock.h"
#include "platform/files/testing/fake_disk.h"
#include "services/deployment/installer.h"
#include "services/deployment/testing/bench_hub.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;
using oree::testing::FakeClock;
using testing::BenchHub;
using testing::BenchPackage;
using testing::BenchWorkplace;
using testing::make_package;
using testing::wish_for;

constexpr const char* kFolder = "/data/deployment";

struct Station {
  FakeDisk disk{3};
  BenchHub hub;
  FakeClock clock;
  NullLog log;
  std::unique_ptr<BenchWorkplace> workplace;
  std::unique_ptr<SlotStore> store;
  std::unique_ptr<Installer> installer;
  int boots = 0;

  Station() { boot(); }
  void boot() {
    installer.reset();
    workplace = std::make_unique<BenchWorkplace>(disk);
    auto opened = SlotStore::open(kFolder, disk, log);
    REQUIRE(opened);
    store = std::make_unique<SlotStore>(std::move(*opened));
    installer = std::make_unique<Installer>(
        InstallerWorld{*store, *workplace, hub, clock, log, cat("boot-", ++boots), "x86_64"});
    installer->start();
  }
  BenchPackage package(const std::string& version, uint64_t release, const std::string& model = "good") {
    auto made = make_package("ducks", version, release, cat(model, " ", version, std::string(3000, 'w')));
    hub.add(made);
    return made;
  }
  Status wish(const BenchPackage& package) {
    return installer->wish(UnitKind::model, "ducks", wish_for(package, false));
  }
  void run(int steps = 40) {
    for (int i = 0; i < steps; ++i) {
      const auto pause = installer->advance();
      if (!pause) return;
      clock.advance(*pause);
    }
  }
  void fill() { disk.set_capacity(disk.used_bytes()); }
  void make_room() { disk.set_capacity(1ull << 40); }
  Unit unit() const { return store->unit(UnitKind::model, "ducks"); }
  std::string serving() const { return workplace->serving["ducks"]; }
  void serve(const BenchPackage& package) {
    REQUIRE(wish(package));
    run();
    REQUIRE(serving() == package.ref.digest);
  }
  // One serves behind two, whose watch ends badly while the disk takes no note.
  void go_back_without_a_note(const BenchPackage& one, const BenchPackage& two) {
    serve(one);
    workplace->undecided = "watch";
    serve(two);
    REQUIRE(unit().phase == Phase::watch);
    fill();
    workplace->undecided.clear();
    run(3);
    REQUIRE(serving() == one.ref.digest);
    REQUIRE(unit().current->digest == two.ref.digest);  // no note yet
  }
};

TEST_CASE("ACondemnationThatComesWhileTheNoteOfAWayBackWaitsIsNotWrittenOver") {
  for (const bool room_first : {true, false}) {
    CAPTURE(room_first);
    Station station;
    const auto one = station.package("1", 1), two = station.package("2", 2, "watch:errors");
    station.go_back_without_a_note(one, two);
    if (room_first) station.make_room();
    CHECK(station.installer->condemn(one.ref.digest).has_value() == room_first);
    CHECK(station.serving() == "");  // what the station brought itself
    station.make_room();
    station.run();
    CHECK(station.serving() == "");
    CHECK_FALSE(station.unit().current);
    CHECK(station.unit().find_bad(one.ref.digest) != nullptr);
    CHECK(station.unit().find_bad(two.ref.digest) != nullptr);
    station.boot();
    CHECK(station.serving() == "");
  }
}

TEST_CASE("WhatWasCondemnedOnAFullDiskIsStillCondemnedAfterAStartWithoutAHub") {
  Station station;
  const auto one = station.package("1", 1), two = station.package("2", 2);
  station.serve(one);
  station.serve(two);
  station.fill();
  CHECK_FALSE(station.installer->condemn(two.ref.digest));
  CHECK(station.serving() == one.ref.digest);
  station.boot();
  CHECK(station.serving() == one.ref.digest);
  station.make_room();
  station.run();
  CHECK(station.unit().current->digest == one.ref.digest);
  CHECK(station.unit().find_bad(two.ref.digest) != nullptr);
  CHECK(station.wish(two));
  station.run();
  CHECK(station.serving() == one.ref.digest);
}

TEST_CASE("WhatServesGivesWayOnAFullDiskToWhileAnotherOneIsOnItsWay") {
  Station station;
  const auto one = station.package("1", 1), two = station.package("2", 2), three = station.package("3", 3);
  station.serve(one);
  station.serve(two);
  station.hub.reachable = false;
  REQUIRE(station.wish(three));
  station.run(2);
  station.fill();
  CHECK_FALSE(station.installer->condemn(two.ref.digest));
  CHECK(station.serving() == one.ref.digest);
  station.make_room();
  station.hub.reachable = true;
  station.run();
  CHECK(station.serving() == three.ref.digest);
  CHECK(station.unit().last_good->digest == one.ref.digest);
}

TEST_CASE("AStationThatLosesBothStatesStillRefusesWhatItKnew") {
  Station station;
  const auto one = station.package("1", 1), two = station.package("2", 2, "prove:crash");
  station.serve(one);
  REQUIRE(station.wish(two));
  station.run();
  for (const char* name : {"state", "state.copy"})
    station.disk.damage(files::Path(kFolder) / name, 40, as_bytes("####"));
  station.boot();
  REQUIRE(station.wish(two));
  CHECK(station.unit().last->why.code == "known_bad");
  station.run();
  CHECK(station.serving() == "");
}

TEST_CASE("APackageThatEndsTheProcessIsGivenUpOnAFullDiskToo") {
  Station station;
  const auto one = station.package("1", 1), two = station.package("2", 2);
  station.serve(one);
  station.workplace->undecided = "prove";
  REQUIRE(station.wish(two));
  station.run(20);
  for (int i = 0; i < kMaxStarts; ++i) station.boot();
  CHECK(station.serving() == two.ref.digest);
  station.fill();
  station.boot();
  CHECK(station.serving() == one.ref.digest);
}

// A walk of chance: everything that may come, in any order.
void walk(uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Station station;
  std::vector<BenchPackage> packages;
  for (const char* model : {"good", "good", "watch:errors", "prove:crash", "good", "watch:latency"}) {
    const auto number = packages.size() + 1;
    packages.push_back(station.package(cat(number), number, model));
  }
  std::set<std::string> condemned;
  size_t known = 0;
  const auto has = [&](const std::string& digest) {
    const auto units = station.installer->units();
    return std::ranges::any_of(units, [&](const Unit& unit) {
      return (unit.wish && unit.wish->package.digest == digest) ||
             (unit.current && unit.current->digest == digest) ||
             (unit.last_good && unit.last_good->digest == digest);
    });
  };
  for (int step = 0; step < 60; ++step) {
    CAPTURE(step);
    const auto& package = packages[random() % packages.size()];
    switch (random() % 9) {
      case 0:
        station.fill();
        break;
      case 1:
        station.make_room();
        break;
      case 2:
        if (has(package.ref.digest)) condemned.insert(package.ref.digest);
        (void)station.installer->condemn(package.ref.digest);
        break;
      case 3:
      case 4:
        (void)station.wish(package);
        break;
      case 5:
        (void)station.installer->withdraw(UnitKind::model, "ducks");
        break;
      case 6:
        if (random() % 2 == 0) {
          station.boot();
          known = 0;
        }
        break;
      default:
        station.run(static_cast<int>(random() % 12));
    }
    CHECK_FALSE(condemned.contains(station.serving()));
    const auto units = station.installer->units();
    const size_t now = units.empty() ? 0 : units[0].bad.size();
    CHECK(now >= known);
    known = now;
  }
  station.make_room();
  station.run(200);
  for (const auto& digest : condemned) {
    CHECK(station.serving() != digest);
    CHECK(station.unit().find_bad(digest) != nullptr);
  }
  if (station.unit().phase == Phase::settled && station.unit().current)
    CHECK(station.serving() == station.unit().current->digest);
}

TEST_CASE("WhatIsKnownToBeBadOnlyGrowsWhateverTheOrder") {
  for (uint64_t seed = 1; seed <= 300; ++seed) walk(seed);
}

}  // namespace
}  // namespace oree::deployment

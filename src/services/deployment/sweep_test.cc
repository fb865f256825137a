// The power goes before, inside and after every change of the disk, over the whole life of a station's slots:
// installing, committing, refusing, rolling back, configurations, cleaning up.
#include <doctest/doctest.h>

#include <cstdlib>

#include "base/testing/fake_clock.h"
#include "platform/files/testing/fake_disk.h"
#include "services/deployment/testing/bench_hub.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;
using oree::testing::FakeClock;
using testing::BenchHub;
using testing::BenchPackage;
using testing::BenchWorkplace;
using testing::make_configuration;
using testing::make_package;
using testing::wish_for;

constexpr const char* kFolder = "/data/deployment";

// What the hub asks for, one after the other, and what must serve when it is done.
struct Chapter {
  UnitKind kind = UnitKind::model;
  std::string name;
  std::optional<Wish> wish;
  std::string condemned;  // or this digest
  std::string end;        // the digest that serves then
};

struct Story {
  BenchHub hub;
  std::vector<Chapter> chapters;

  Story() {
    hub.piece = 1500;
    const std::string weights(4000, 'w');
    const auto add = [&](const std::string& version, uint64_t release, const std::string& model) {
      auto package = make_package("ducks", version, release, cat(model, " ", version, " ", weights));
      hub.add(package);
      return package;
    };
    const auto one = add("1", 1, "good"), two = add("2", 2, "good"), sick = add("3", 3, "install:self_test"),
               odd = add("4", 4, "shadow:shadow"), dead = add("5", 5, "prove:crash"),
               slow = add("6", 6, "watch:latency"), unloadable = add("7", 7, "serve:load"),
               last = add("8", 8, "good");
    const auto model = [&](const BenchPackage& package, const BenchPackage& end) {
      chapters.push_back({UnitKind::model, "ducks", wish_for(package), "", end.ref.digest});
    };
    const auto add_configuration = [&](const std::string& version, uint64_t release,
                                       const std::string& text) {
      auto package = make_configuration("line", version, release, text);
      hub.add(package);
      return package;
    };
    const auto first = add_configuration("1", 1, "good first"),
               unable = add_configuration("2", 2, "serve:load"),
               invalid = add_configuration("3", 3, "install:load"),
               blind = add_configuration("4", 4, "watch:errors"),
               second = add_configuration("5", 5, "good second");
    const auto configuration = [&](const BenchPackage& package, const BenchPackage& end) {
      chapters.push_back({UnitKind::configuration, "", wish_for(package, false), "", end.ref.digest});
    };
    model(one, one);
    configuration(first, first);
    model(two, two);
    model(sick, two);
    model(odd, two);
    configuration(unable, first);
    configuration(invalid, first);
    model(dead, two);
    model(slow, two);
    model(unloadable, two);
    model(last, last);
    configuration(blind, first);
    configuration(second, second);
    chapters.push_back({UnitKind::model, "ducks", std::nullopt, last.ref.digest, two.ref.digest});
    chapters.push_back({UnitKind::configuration, "", std::nullopt, second.ref.digest, first.ref.digest});
  }
};

// One machine: its disk stays, everything else is new after a power loss.
class Machine {
 public:
  Machine(FakeDisk& disk, Story& story) : disk_(disk), story_(story), workplace_(disk) {}

  // False when the power went.
  bool boot(int count) {
    auto opened = SlotStore::open(kFolder, disk_, log_);
    if (!opened) {
      if (disk_.has_power()) FAIL(opened.error().what);
      return false;
    }
    store_ = std::make_unique<SlotStore>(std::move(*opened));
    installer_ = std::make_unique<Installer>(
        InstallerWorld{*store_, workplace_, story_.hub, clock_, log_, cat("boot-", count), "x86_64"});
    installer_->start();
    return disk_.has_power();
  }
  // Until this chapter is over; false when the power went.
  bool live_through(const Chapter& chapter) {
    if (!chapter.wish) {
      if (!installer_->condemn(chapter.condemned)) return false;
    } else if (!installer_->wish(chapter.kind, chapter.name, *chapter.wish)) {
      return false;
    }
    for (int steps = 0; disk_.has_power(); ++steps) {
      REQUIRE(steps < 1000);
      const auto pause = installer_->advance();
      if (!pause) return disk_.has_power();
      clock_.advance(*pause);
    }
    return false;
  }
  std::string serving(const std::string& name) { return workplace_.serving[name]; }
  const SlotStore& store() const { return *store_; }

 private:
  FakeDisk& disk_;
  Story& story_;
  NullLog log_;
  FakeClock clock_;
  BenchWorkplace workplace_;
  std::unique_ptr<SlotStore> store_;
  std::unique_ptr<Installer> installer_;
};

// What served before this chapter.
std::string before(const Story& story, size_t chapter) {
  const Chapter& now = story.chapters[chapter];
  for (size_t i = chapter; i-- > 0;) {
    if (story.chapters[i].kind == now.kind) return story.chapters[i].end;
  }
  return "";
}

// Everything that any state of this chapter allows: the old one, the new one, or what was asked for, on
// trial.
bool allowed(const Story& story, size_t chapter, const std::string& serving) {
  const Chapter& now = story.chapters[chapter];
  return serving == before(story, chapter) || serving == now.end ||
         (now.wish && serving == now.wish->package.digest);
}

void expect_tidy(FakeDisk& disk, const SlotStore& store) {
  std::set<std::string> named;
  for (const auto& unit : store.units()) {
    if (unit.current) named.insert(unit.current->digest);
    if (unit.last_good) named.insert(unit.last_good->digest);
    CHECK(unit.phase == Phase::settled);
    if (unit.current) CHECK(store.verify(unit.current->digest));
    if (unit.last_good) CHECK(store.verify(unit.last_good->digest));
  }
  const auto packages = disk.list(files::Path(kFolder) / "packages");
  REQUIRE(packages);
  CHECK(packages->size() == named.size());
  CHECK(disk.list(store.incoming())->empty());
}

struct Cut {
  enum class Kind { before, inside, after };
  uint64_t change;
  Kind kind;
};

void arm(FakeDisk& disk, const Cut& cut) {
  if (cut.kind == Cut::Kind::inside) {
    disk.lose_power_inside(cut.change);
  } else {
    disk.lose_power_after(cut.kind == Cut::Kind::after ? cut.change : cut.change - 1);
  }
}

// One; more for whoever has the time.
uint64_t seeds() {
  const char* text = std::getenv("OREE_SWEEP_SEEDS");
  return text != nullptr ? parse_number<uint64_t>(text).value_or(1) : 1;
}

// The whole story with these cuts, one after the other; how many changes it took.
uint64_t tell(uint64_t seed, std::vector<Cut> cuts) {
  Story story;
  FakeDisk disk(seed);
  REQUIRE(disk.make_folder(kFolder));
  size_t chapter = 0;
  for (int boots = 1;; ++boots) {
    REQUIRE(boots < 20);
    if (!cuts.empty()) {
      arm(disk, cuts.front());
      cuts.erase(cuts.begin());
    }
    Machine machine(disk, story);
    bool alive = machine.boot(boots);
    if (alive && chapter < story.chapters.size()) {
      // It serves before anybody tells it anything.
      const std::string name = story.chapters[chapter].name;
      INFO("after a cut in chapter ", chapter, ", seed ", seed);
      CHECK(allowed(story, chapter, machine.serving(name)));
    }
    while (alive && chapter < story.chapters.size()) {
      alive = machine.live_through(story.chapters[chapter]);
      if (!alive) break;
      INFO("chapter ", chapter, ", seed ", seed);
      CHECK(machine.serving(story.chapters[chapter].name) == story.chapters[chapter].end);
      ++chapter;
    }
    if (chapter == story.chapters.size() && alive) {
      expect_tidy(disk, machine.store());
      return disk.changes();
    }
    disk.lose_power_after(0);
    disk.restore_power();
  }
}

TEST_CASE("AStationWithoutFaultsTakesTheGoodPackagesAndRefusesTheBadOnes") {
  CHECK(tell(1, {}) > 100);
}

TEST_CASE("ACutAtEveryChangeEndsWithTheNewOneHealthyOrTheOldOneHealthy") {
  const uint64_t changes = tell(1, {});
  for (const auto kind : {Cut::Kind::before, Cut::Kind::inside, Cut::Kind::after}) {
    for (uint64_t change = 1; change <= changes; ++change) {
      for (uint64_t seed = 1; seed <= seeds(); ++seed) {
        CAPTURE(change);
        CAPTURE(static_cast<int>(kind));
        tell(seed * 1000 + change, {{change, kind}});
      }
    }
  }
}

TEST_CASE("ASecondCutWhileItRecoversFromTheFirstChangesNothing") {
  const uint64_t changes = tell(1, {});
  for (uint64_t change = 1; change <= changes; change += seeds() > 1 ? 1 : 9) {
    for (uint64_t second = 1; second <= 12; ++second) {
      CAPTURE(change);
      CAPTURE(second);
      tell(change * 100 + second,
           {{change, Cut::Kind::inside}, {second, static_cast<Cut::Kind>(second % 3)}});
    }
  }
}

}  // namespace
}  // namespace oree::deployment

// 400 days without a hub, in simulated time: power cuts, a clock that starts at 1970 or jumps by a year, and
// a hub that rotates its keys every month meanwhile. The station serves in every hour of it, and takes up the
// next package by itself.
#include <doctest/doctest.h>

#include <random>

#include "base/testing/fake_clock.h"
#include "core/tuf/testing/small_world.h"
#include "services/deployment/testing/bench_hub.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;
using oree::testing::FakeClock;
using std::chrono::hours;
using tuf::testing::SmallWorld;

// As HubSource: the index only as TUF vouches for it, by the clock that the station has.
class VouchedSource final : public Source {
 public:
  VouchedSource(SmallWorld& hub, testing::BenchHub& blobs, tuf::Store& store, const FakeClock& clock)
      : hub_(hub), blobs_(blobs), store_(store), clock_(clock) {}

  Result<ByteBuffer> index(const Unit& unit) override {
    if (!blobs_.reachable) return fail(ErrorKind::unavailable, "no network");
    const auto fetch = [this](std::string_view name, uint64_t) { return hub_.repository.metadata(name); };
    const auto refuse = [](const Error& error) {
      return std::unexpected(error.kind == ErrorKind::unavailable ? error
                                                                  : Error{ErrorKind::denied, error.what});
    };
    auto client = tuf::Client::open(store_, fetch, clock_.wall());
    if (!client) return refuse(client.error());
    const auto target = client->find_target(unit.wish->target);
    if (!target) return refuse(target.error());
    if (!*target) return fail(ErrorKind::denied, "nobody vouches for it");
    auto bytes = blobs_.index(unit);
    if (!bytes) return bytes;
    if (const auto same = tuf::verify_target((*target)->file, *bytes); !same) return refuse(same.error());
    return bytes;
  }
  Status fetch(PartFile& part, const std::function<void(uint64_t)>& arrived) override {
    return blobs_.fetch(part, arrived);
  }

 private:
  SmallWorld& hub_;
  testing::BenchHub& blobs_;
  tuf::Store& store_;
  const FakeClock& clock_;
};

struct Station {
  SmallWorld hub;
  testing::BenchHub blobs;
  FakeDisk disk{7};
  tuf::FolderStore trust{disk, "/data/trust"};
  testing::BenchWorkplace workplace{disk};
  NullLog log;
  std::unique_ptr<FakeClock> clock;
  std::unique_ptr<VouchedSource> source;
  std::unique_ptr<SlotStore> store;
  std::unique_ptr<Installer> installer;
  int boots = 0;
  int hours_served = 0, hours_lived = 0;

  Station() {
    REQUIRE(tuf::pin_root(trust, *hub.repository.metadata("1.root.json")));
    boot(hub.now);
  }
  // The process and everything it remembered are gone; the disk stays, and the clock says what it says.
  void boot(WallTime wall) {
    installer.reset();
    clock = std::make_unique<FakeClock>(wall);
    source = std::make_unique<VouchedSource>(hub, blobs, trust, *clock);
    workplace.serving.clear();
    auto opened = SlotStore::open("/data/deployment", disk, log);
    REQUIRE(opened);
    store = std::make_unique<SlotStore>(std::move(*opened));
    installer = std::make_unique<Installer>(
        InstallerWorld{*store, workplace, *source, *clock, log, cat("boot-", ++boots), "x86_64"});
    installer->start();
  }
  testing::BenchPackage release(const std::string& version, uint64_t number) {
    auto package = testing::make_package("ducks", version, number, cat("good ", version));
    blobs.add(package);
    hub.release(cat("ducks/", version, "/package.json"), package.index);
    return package;
  }
  void wish(const testing::BenchPackage& package) {
    Wish wish = testing::wish_for(package);
    wish.target = cat("ducks/", package.ref.version, "/package.json");
    REQUIRE(installer->wish(UnitKind::model, "ducks", wish));
  }
  // An hour of the station's life; it tries what is to be tried.
  void live_an_hour(const std::string& serving) {
    const MonoTime end = clock->mono() + hours(1);
    for (int steps = 0; clock->mono() < end; ++steps) {
      REQUIRE(steps < 10'000);
      const auto pause = installer->advance();
      const auto left = std::chrono::duration_cast<microseconds>(end - clock->mono());
      clock->advance(
          std::min<microseconds>(left, pause ? std::max<microseconds>(*pause, milliseconds(1)) : left));
    }
    ++hours_lived;
    hours_served += workplace.serving["ducks"] == serving ? 1 : 0;
  }
  // What the people at the hub do every month: new keys for root and timestamp, and a year more for what is
  // released.
  void rotate_keys() {
    const auto old = hub.root_key;
    hub.root_key = crypto::SigningKey::generate();
    REQUIRE(hub.repository.set_signers("root", {{hub.root_key.public_key()}, 1}, hub.now));
    REQUIRE(hub.repository.sign("root", old));
    REQUIRE(hub.repository.sign("root", hub.root_key).value());
    hub.rotate("timestamp", hub.online.timestamp);
    REQUIRE(hub.repository.renew("targets", hub.now));
    REQUIRE(hub.repository.sign("targets", hub.targets_key).value());
    REQUIRE(hub.repository.keep_fresh(hub.online, hub.now));
  }
};

}  // namespace

TEST_CASE("400DaysWithoutAHubAreServedToTheLastHourAndTheNextPackageComesByItself") {
  std::mt19937 random(3);
  const auto happens = [&](double p) { return std::uniform_real_distribution<double>(0, 1)(random) < p; };
  Station station;
  const auto one = station.release("1", 1);
  station.wish(one);
  station.live_an_hour(one.ref.digest);
  REQUIRE(station.workplace.serving["ducks"] == one.ref.digest);
  const auto two = station.release("2", 2);
  station.blobs.reachable = false;
  station.wish(two);  // wished for a minute before the line is cut for more than a year
  for (int day = 0; day < 400; ++day) {
    station.hub.now += hours(24);
    REQUIRE(station.hub.repository.keep_fresh(station.hub.online, station.hub.now));
    if (day % 30 == 29) station.rotate_keys();
    if (happens(0.3)) station.boot(happens(0.5) ? WallTime{} : station.hub.now);
    if (happens(0.1)) station.clock->jump(happens(0.5) ? hours(24 * 365) : -hours(24 * 365));
    for (int hour = 0; hour < 24; ++hour) station.live_an_hour(one.ref.digest);
  }
  CHECK(station.hours_served == station.hours_lived);
  CHECK(station.boots > 80);

  SUBCASE("with a clock that is right") {
    station.boot(station.hub.now);
  }
  SUBCASE("with a clock that starts at 1970") {
    station.boot(WallTime{});
  }
  SUBCASE("with a clock that is a year ahead, as soon as that is put right") {
    station.boot(station.hub.now + hours(24 * 400));
    station.blobs.reachable = true;
    station.live_an_hour(one.ref.digest);
    CHECK(station.workplace.serving["ducks"] == one.ref.digest);  // it cannot know that nothing has expired
    station.clock->jump(-hours(24 * 400));
  }
  station.blobs.reachable = true;
  station.live_an_hour(two.ref.digest);
  CHECK(station.workplace.serving["ducks"] == two.ref.digest);
}

}  // namespace oree::deployment

#include "core/tuf/client.h"

#include <algorithm>

#include "core/tuf/testing/small_world.h"

namespace oree::tuf {
namespace {

using testing::forged;
using testing::SmallWorld;

std::string why(const Status& status) {
  return status ? "accepted" : status.error().what;
}

TEST_CASE("FindsWhatWasReleasedAndNothingElse") {
  SmallWorld world;
  world.release("models/ducks/2.oci", "the second");
  auto client = world.client().value();
  const auto found = client.find_target("models/ducks/2.oci").value();
  REQUIRE(found.has_value());
  CHECK(found->fetch_path == "models/ducks/" + crypto::sha256(as_bytes("the second")).hex() + ".2.oci");
  CHECK(found->role == "targets");
  CHECK(verify_target(found->file, as_bytes("the second")).has_value());
  CHECK(verify_target(found->file, as_bytes("the secund")).error().kind == ErrorKind::corrupt);
  CHECK(verify_target(found->file, as_bytes("the second!")).error().kind == ErrorKind::invalid);
  CHECK_FALSE(client.find_target("models/ducks/3.oci").value().has_value());
}

TEST_CASE("AsksForNothingThatItHas") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  world.asked.clear();
  REQUIRE(world.refresh().has_value());
  CHECK(world.asked == std::vector<std::string>{"2.root.json", "timestamp.json"});
}

TEST_CASE("KeepsTheVeryBytesThatCame") {
  SmallWorld world;
  world.lie = [](std::string_view name, Result<ByteBuffer> truth) {
    if (name == "timestamp.json") truth->push_back(std::byte{' '});
    return truth;
  };
  REQUIRE(world.refresh().has_value());
  auto expected = *world.repository.metadata("timestamp.json");
  expected.push_back(std::byte{' '});
  CHECK(world.store.read("timestamp.json", 1 << 20).value() == expected);
}

TEST_CASE("AnOlderTimestampIsARollback") {
  SmallWorld world;
  const auto old = *world.repository.metadata("timestamp.json");
  world.release("a", "1");
  REQUIRE(world.refresh().has_value());
  world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
    return name == "timestamp.json" ? Result<ByteBuffer>(old) : truth;
  };
  const auto refused = world.refresh();
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(why(refused).starts_with("rollback: timestamp.json version 1"));
  world.lie = {};
  CHECK(world.refresh().has_value());
}

TEST_CASE("AHubThatHoldsBothOnlineKeysCannotRollBackTargets") {
  SmallWorld world;
  world.release("a", "1");
  world.release("a", "2");
  REQUIRE(world.refresh().has_value());
  const auto bad_snapshot = forged(*world.repository.metadata("3.snapshot.json"),
                                   [&](json::Value& body) {
                                     body.set("version", 4);
                                     const auto old = *world.repository.metadata("2.targets.json");
                                     body.set("meta", json::Object{{"targets.json", metafile_json(2, old)}});
                                   },
                                   {&world.online.snapshot});
  const auto bad_timestamp =
      forged(*world.repository.metadata("timestamp.json"),
             [&](json::Value& body) {
               body.set("version", 9);
               body.set("meta", json::Object{{"snapshot.json", metafile_json(4, bad_snapshot)}});
             },
             {&world.online.timestamp});
  world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
    if (name == "timestamp.json") return Result<ByteBuffer>(bad_timestamp);
    if (name == "4.snapshot.json") return Result<ByteBuffer>(bad_snapshot);
    return truth;
  };
  CHECK(why(world.refresh()).starts_with("rollback: targets.json version 2"));
}

TEST_CASE("AHubThatHoldsBothOnlineKeysCannotInventATarget") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  const auto bad_targets =
      forged(*world.repository.metadata("1.targets.json"),
             [](json::Value& body) {
               body.set("version", 2);
               body.set("targets", json::Object{{"evil", target_json(SmallWorld::file_of("evil"))}});
             },
             {&world.online.snapshot, &world.online.timestamp});
  const auto bad_snapshot =
      forged(*world.repository.metadata("1.snapshot.json"),
             [&](json::Value& body) {
               body.set("version", 2);
               body.set("meta", json::Object{{"targets.json", metafile_json(2, bad_targets)}});
             },
             {&world.online.snapshot});
  const auto bad_timestamp =
      forged(*world.repository.metadata("timestamp.json"),
             [&](json::Value& body) {
               body.set("version", 2);
               body.set("meta", json::Object{{"snapshot.json", metafile_json(2, bad_snapshot)}});
             },
             {&world.online.timestamp});
  world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
    if (name == "timestamp.json") return Result<ByteBuffer>(bad_timestamp);
    if (name == "2.snapshot.json") return Result<ByteBuffer>(bad_snapshot);
    if (name == "2.targets.json") return Result<ByteBuffer>(bad_targets);
    return truth;
  };
  CHECK(world.refresh().error().kind == ErrorKind::denied);
  auto client = world.client().value();
  CHECK_FALSE(client.find_target("evil").has_value());
}

TEST_CASE("AFrozenRepositoryIsNoticedWhenItsTimestampExpires") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  world.now += testing::hours(25);
  const auto refused = world.refresh();
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(why(refused).starts_with("freeze: timestamp.json version 1 expired"));
  REQUIRE(world.repository.keep_fresh(world.online, world.now).value());
  CHECK(world.refresh().has_value());
}

TEST_CASE("AClockAt1970BringsNothingExpiredBackToLife") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  world.now += testing::hours(20);
  REQUIRE(world.repository.keep_fresh(world.online, world.now).value());
  REQUIRE(world.refresh().has_value());
  const auto before = world.now;
  world.now = WallTime{};  // the battery is empty; the set that is served now is the one from before
  CHECK(world.refresh().has_value());
  CHECK(world.client()->trusted().now() == before);
  // A repository whose timestamp had run out before the last good refresh stays refused.
  const auto stale = forged(*world.repository.metadata("timestamp.json"),
                            [&](json::Value& body) {
                              body.set("version", 99);
                              body.set("expires", expiry_text(before - testing::hours(1)));
                            },
                            {&world.online.timestamp});
  world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
    return name == "timestamp.json" ? Result<ByteBuffer>(stale) : truth;
  };
  CHECK(why(world.refresh()).starts_with("freeze: "));
}

TEST_CASE("FilesOfDifferentTimesDoNotMix") {
  SmallWorld world;
  const auto old_snapshot = *world.repository.metadata("1.snapshot.json");
  const auto old_targets = *world.repository.metadata("1.targets.json");
  world.release("a", "1");
  SUBCASE("a snapshot that the timestamp does not name") {
    world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
      return name == "2.snapshot.json" ? Result<ByteBuffer>(old_snapshot) : truth;
    };
  }
  SUBCASE("targets that the snapshot does not name") {
    world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
      return name == "2.targets.json" ? Result<ByteBuffer>(old_targets) : truth;
    };
  }
  const auto refused = world.refresh();
  CHECK(refused.error().kind == ErrorKind::corrupt);
  CHECK(why(refused).starts_with("mix-and-match: "));
}

TEST_CASE("EndlessDataEndsAtTheLimit") {
  for (const std::string_view endless :
       {"2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"}) {
    SmallWorld world;
    uint64_t most = 0;
    Fetch honest = world.fetch();
    Fetch fetch = [&](std::string_view name, uint64_t max_bytes) -> Result<ByteBuffer> {
      if (name != endless) return honest(name, max_bytes);
      most = max_bytes;
      return fail(ErrorKind::invalid, "more came than was asked for");
    };
    auto client = Client::open(world.store, fetch, world.now).value();
    CHECK_FALSE(client.refresh().has_value());
    CHECK(most > 0);
    CHECK(most <= Limits{}.targets_bytes);
    CHECK(world.refresh().has_value());
  }
}

TEST_CASE("ABadRootFurtherOnCostsNothingOfWhatWasReached") {
  SmallWorld world;
  world.rotate("timestamp", world.online.timestamp);
  world.rotate("snapshot", world.online.snapshot);
  REQUIRE(world.repository.keep_fresh(world.online, world.now).value());
  const auto stranger = crypto::SigningKey::generate();
  world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
    if (name == "3.root.json") return Result<ByteBuffer>(forged(*truth, [](json::Value&) {}, {&stranger}));
    return truth;
  };
  CHECK(world.refresh().error().kind == ErrorKind::denied);
  CHECK(world.client()->trusted().root().common.version == 2);
  world.lie = {};  // the repository is put right, and nobody has to visit the device
  CHECK(world.refresh().has_value());
  CHECK(world.client()->trusted().root().common.version == 3);
}

TEST_CASE("RotatedKeysForgiveAFastForwardAttack") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  const auto far =
      forged(*world.repository.metadata("timestamp.json"),
             [](json::Value& body) { body.set("version", 1'000'000'000); }, {&world.online.timestamp});
  world.lie = [&](std::string_view name, Result<ByteBuffer> truth) {
    return name == "timestamp.json" ? Result<ByteBuffer>(far) : truth;
  };
  REQUIRE(world.refresh().has_value());
  world.lie = {};
  CHECK(why(world.refresh()).starts_with("rollback: "));
  world.rotate("timestamp", world.online.timestamp);
  REQUIRE(world.repository.keep_fresh(world.online, world.now).value());
  CHECK(world.refresh().has_value());
}

TEST_CASE("EveryDamagedFileOfTheStoreHealsByItself") {
  for (const std::string_view name :
       {"root.json", "timestamp.json", "snapshot.json", "targets.json", "last_refresh"}) {
    for (const std::string_view damage : {"", "not json", "{\"signed\":{},\"signatures\":[]}"}) {
      SmallWorld world;
      world.rotate("timestamp", world.online.timestamp);
      REQUIRE(world.repository.keep_fresh(world.online, world.now).value());
      REQUIRE(world.refresh().has_value());
      REQUIRE(world.store.write(name, as_bytes(damage)).has_value());
      INFO(name, " ", damage);
      CHECK(why(world.refresh()) == "accepted");
      CHECK(world.client()->trusted().root().common.version == 2);
    }
  }
}

class SilentStore final : public Store {
 public:
  SilentStore(Store& inner, std::string_view silent) : inner_(inner), silent_(silent) {}
  Result<ByteBuffer> read(std::string_view name, uint64_t max_bytes) override {
    if (name == silent_) return fail(ErrorKind::unavailable, "Input/output error");
    return inner_.read(name, max_bytes);
  }
  Status write(std::string_view name, ByteView bytes) override { return inner_.write(name, bytes); }
  Status remove(std::string_view name) override { return inner_.remove(name); }

 private:
  Store& inner_;
  std::string_view silent_;
};

TEST_CASE("ADiskThatDoesNotAnswerDoesNotPassForOneThatIsEmpty") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  for (const std::string_view silent : {"root.json", "timestamp.json", "snapshot.json"}) {
    SilentStore store(world.store, silent);
    auto client = Client::open(store, world.fetch(), world.now);
    const ErrorKind kind = client ? client->refresh().error().kind : client.error().kind;
    CHECK(kind == ErrorKind::unavailable);
    CHECK(world.store.read(silent, 1 << 20).has_value());
  }
}

TEST_CASE("PowerCutAtAnyWriteLeavesAClientThatGoesOn") {
  for (uint64_t cut = 1; cut < 30; ++cut) {
    SmallWorld world;
    world.release("a", "1");
    world.rotate("timestamp", world.online.timestamp);
    REQUIRE(world.repository.keep_fresh(world.online, world.now).value());
    world.disk.lose_power_after(cut);
    const bool done = world.refresh().has_value();
    world.disk.restore_power();
    INFO("cut after change ", cut);
    CHECK(why(world.refresh()) == "accepted");
    if (done) break;
  }
}

TEST_CASE("WithoutAPinnedRootNothingIsTrusted") {
  SmallWorld world;
  FolderStore empty(world.disk, "/empty");
  CHECK(Client::open(empty, world.fetch(), world.now).error().kind == ErrorKind::not_found);
  const auto stranger = crypto::SigningKey::generate();
  const auto unsigned_root =
      forged(*world.repository.metadata("1.root.json"), [](json::Value&) {}, {&stranger});
  CHECK(pin_root(empty, unsigned_root).error().kind == ErrorKind::denied);
  CHECK(Client::open(empty, world.fetch(), world.now).error().kind == ErrorKind::not_found);
}

}  // namespace
}  // namespace oree::tuf

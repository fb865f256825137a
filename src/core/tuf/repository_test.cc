#include "core/tuf/repository.h"

#include "core/tuf/testing/small_world.h"

namespace oree::tuf {
namespace {

using crypto::SigningKey;
using testing::SmallWorld;

TEST_CASE("NothingIsPublishedBeforeTheThresholdHasSigned") {
  files::testing::FakeDisk disk(1);
  const SigningKey a = SigningKey::generate();
  const SigningKey b = SigningKey::generate();
  const SigningKey c = SigningKey::generate();
  const OnlineKeys online{SigningKey::generate(), SigningKey::generate()};
  const WallTime now = parse_iso("2026-11-29T12:00:00Z").value();
  const NewRepository plan{{{a.public_key(), b.public_key(), c.public_key()}, 2},
                           {{a.public_key(), b.public_key()}, 2},
                           {{online.snapshot.public_key()}, 1},
                           {{online.timestamp.public_key()}, 1}};
  auto repository = Repository::create(disk, "/r", plan, now).value();
  CHECK(repository.keep_fresh(online, now).error().kind == ErrorKind::conflict);
  CHECK_FALSE(repository.sign("root", a).value());
  CHECK_FALSE(repository.sign("root", a).value());  // the same key again is no second one
  CHECK(repository.sign("root", online.snapshot).error().kind == ErrorKind::denied);
  CHECK(repository.version("root").value() == 0);
  CHECK(repository.sign("root", c).value());
  CHECK(repository.version("root").value() == 1);
  CHECK_FALSE(repository.sign("targets", b).value());
  CHECK(repository.sign("targets", a).value());
  CHECK(repository.keep_fresh(online, now).value());
  CHECK_FALSE(repository.keep_fresh(online, now).value());
  CHECK(Repository::create(disk, "/r", plan, now).error().kind == ErrorKind::conflict);
  CHECK(Repository::open(disk, "/r").has_value());
  CHECK(Repository::open(disk, "/elsewhere").error().kind == ErrorKind::not_found);
}

TEST_CASE("RenewsWhenHalfOfALifeIsOver") {
  SmallWorld world;
  world.now += testing::hours(11);
  CHECK_FALSE(world.repository.keep_fresh(world.online, world.now).value());
  world.now += testing::hours(2);
  CHECK(world.repository.keep_fresh(world.online, world.now).value());
  CHECK(world.repository.version("timestamp").value() == 2);
  CHECK(world.repository.version("snapshot").value() == 1);
  world.now += testing::hours(4 * 24);
  CHECK(world.repository.keep_fresh(world.online, world.now).value());
  CHECK(world.repository.version("snapshot").value() == 2);
  CHECK(world.refresh().has_value());
}

TEST_CASE("AHubsKeysCannotSignReleases") {
  SmallWorld world;
  REQUIRE(world.repository.add_targets({{"targets", "a", SmallWorld::file_of("1")}}, world.now).has_value());
  CHECK(world.repository.sign("targets", world.online.snapshot).error().kind == ErrorKind::denied);
  CHECK(world.repository.sign("targets", world.online.timestamp).error().kind == ErrorKind::denied);
  CHECK(world.repository.publish("targets", *world.repository.staged("targets")).error().kind ==
        ErrorKind::denied);
  CHECK(world.repository.version("targets").value() == 1);
}

TEST_CASE("ARotatedRootKeyNeedsTheOldOneOnceMore") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  const SigningKey next = SigningKey::generate();
  REQUIRE(world.repository.set_signers("root", {{next.public_key()}, 1}, world.now).has_value());
  CHECK_FALSE(world.repository.sign("root", next).value());
  CHECK(world.repository.sign("root", world.root_key).value());
  REQUIRE(world.refresh().has_value());
  CHECK(world.client()->trusted().root().common.version == 2);
  // From here on the old key has no say.
  REQUIRE(world.repository.renew("root", world.now).has_value());
  CHECK(world.repository.sign("root", world.root_key).error().kind == ErrorKind::denied);
  CHECK(world.repository.sign("root", next).value());
  CHECK(world.refresh().has_value());
}

TEST_CASE("NewKeysOfTargetsSignAheadOfTheRootThatNamesThem") {
  SmallWorld world;
  world.release("a", "1");
  const SigningKey next = SigningKey::generate();
  REQUIRE(world.repository.set_signers("targets", {{next.public_key()}, 1}, world.now).has_value());
  CHECK_FALSE(world.repository.sign("targets", next).value());
  CHECK(world.repository.version("targets").value() == 2);
  CHECK(world.repository.sign("root", world.root_key).value());
  CHECK(world.repository.version("targets").value() == 3);
  CHECK(world.repository.keep_fresh(world.online, world.now).value());
  REQUIRE(world.refresh().has_value());
  CHECK(world.client()->find_target("a").value().has_value());
  REQUIRE(world.repository.renew("targets", world.now).has_value());
  CHECK(world.repository.sign("targets", world.targets_key).error().kind == ErrorKind::denied);
}

TEST_CASE("ANewOnlineKeySignsAtOnce") {
  SmallWorld world;
  REQUIRE(world.refresh().has_value());
  const OnlineKeys old = world.online;
  world.rotate("snapshot", world.online.snapshot);
  CHECK(world.repository.keep_fresh(old, world.now).error().kind == ErrorKind::denied);
  CHECK(world.repository.keep_fresh(world.online, world.now).value());
  CHECK(world.refresh().has_value());
}

TEST_CASE("ADelegatedRoleSpeaksOfItsPathsOnly") {
  SmallWorld world;
  const SigningKey team = SigningKey::generate();
  REQUIRE(world.repository.delegate({"team-ducks", {{team.public_key()}, 1}, {"ducks/*"}}, world.now)
              .has_value());
  REQUIRE(world.repository
              .add_targets({{"team-ducks", "ducks/1", SmallWorld::file_of("quack")},
                            {"team-ducks", "geese/1", SmallWorld::file_of("honk")}},
                           world.now)
              .has_value());
  CHECK_FALSE(world.repository.sign("team-ducks", team).value());  // nobody has delegated to it yet
  CHECK(world.repository.sign("targets", world.targets_key).value());
  // Clients keep the targets.json they have until the role is there.
  REQUIRE(world.repository.keep_fresh(world.online, world.now).has_value());
  REQUIRE(world.refresh().has_value());
  CHECK(world.client()->trusted().root().common.version == 1);
  CHECK(world.repository.sign("team-ducks", team).value());
  CHECK(world.repository.keep_fresh(world.online, world.now).value());
  auto client = world.client().value();
  const auto found = client.find_target("ducks/1").value();
  REQUIRE(found.has_value());
  CHECK(found->role == "team-ducks");
  CHECK_FALSE(client.find_target("geese/1").value().has_value());
}

TEST_CASE("WhatSomebodySignedElsewhereIsCheckedAsAClientWould") {
  SmallWorld world;
  const auto next = testing::forged(*world.repository.metadata("1.targets.json"),
                                    [](json::Value& body) { body.set("version", 2); }, {&world.targets_key});
  CHECK(world.repository.publish("targets", next).has_value());
  CHECK(*world.repository.metadata("2.targets.json") == next);
  CHECK(world.repository.publish("targets", next).error().kind == ErrorKind::conflict);
  CHECK(world.repository.publish("snapshot", next).error().kind == ErrorKind::invalid);
  CHECK(world.repository.publish("targets", as_bytes("{}")).error().kind == ErrorKind::invalid);
}

TEST_CASE("PowerCutAtAnyWriteLeavesARepositoryThatServes") {
  for (uint64_t cut = 1; cut < 40; ++cut) {
    SmallWorld world;
    REQUIRE(world.refresh().has_value());
    REQUIRE(
        world.repository.add_targets({{"targets", "a", SmallWorld::file_of("1")}}, world.now).has_value());
    world.disk.lose_power_after(cut);
    bool done = world.repository.sign("targets", world.targets_key).has_value();
    done = world.repository.keep_fresh(world.online, world.now).has_value() && done;
    world.disk.restore_power();
    INFO("cut after change ", cut);
    CHECK(world.refresh().has_value());
    auto again = Repository::open(world.disk, "/repo").value();
    CHECK(again.keep_fresh(world.online, world.now).has_value());
    CHECK(world.refresh().has_value());
    if (done) break;
  }
}

TEST_CASE("ServesMetadataAndNothingElse") {
  SmallWorld world;
  CHECK(world.repository.metadata("1.root.json").has_value());
  for (const std::string_view name :
       {"", "../staged/targets.json", "keys.pem", "9.root.json", "1.root.json/"})
    CHECK(world.repository.metadata(name).error().kind == ErrorKind::not_found);
}

TEST_CASE("NamesThatLeaveTheFolderAreRefused") {
  SmallWorld world;
  for (const char* path : {"", "../x", "/x", "a//b"})
    CHECK(
        world.repository.add_targets({{"targets", path, SmallWorld::file_of("1")}}, world.now).error().kind ==
        ErrorKind::invalid);
  const SigningKey team = SigningKey::generate();
  for (const char* name : {"", "a/b", "../x", "sp ace"})
    CHECK(world.repository.delegate({name, {{team.public_key()}, 1}, {"*"}}, world.now).error().kind ==
          ErrorKind::invalid);
}

TEST_CASE("AThresholdBeyondItsKeysIsRefused") {
  SmallWorld world;
  const SigningKey key = SigningKey::generate();
  CHECK(world.repository.set_signers("targets", {{key.public_key()}, 2}, world.now).error().kind ==
        ErrorKind::invalid);
  CHECK(world.repository.set_signers("targets", {{key.public_key(), key.public_key()}, 2}, world.now)
            .error()
            .kind == ErrorKind::invalid);
  CHECK(world.repository.set_signers("team", {{key.public_key()}, 1}, world.now).error().kind ==
        ErrorKind::invalid);
}

}  // namespace
}  // namespace oree::tuf

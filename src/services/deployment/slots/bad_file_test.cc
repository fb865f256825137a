#include "services/deployment/slots/bad_file.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::deployment {
namespace {

using files::testing::FakeDisk;
const files::Path kPath = "/data/bad";

BadPackage bad(int number, const std::string& code = "told") {
  return {crypto::sha256(as_bytes(cat("package ", number))).hex(), {code, "because"}};
}

TEST_CASE("WhatWasNotedIsThereAfterAStartInItsOrder") {
  FakeDisk disk;
  REQUIRE(disk.make_folder("/data"));
  {
    BadFile file(kPath, disk);
    REQUIRE(file.note(bad(1)));
    REQUIRE(file.note(bad(2, "self_test")));
    REQUIRE(file.note(bad(1)));
  }
  disk.lose_power_after(0);
  disk.restore_power();
  const BadFile file(kPath, disk);
  REQUIRE(file.noted().size() == 2);
  CHECK(file.noted()[0].digest == bad(1).digest);
  CHECK(file.noted()[1].why.code == "self_test");
  CHECK(file.find(bad(2).digest) != nullptr);
  CHECK(file.find(bad(3).digest) == nullptr);
}

TEST_CASE("ADiskWithoutRoomTakesANoteOnceTheFileIsThere") {
  FakeDisk disk;
  REQUIRE(disk.make_folder("/data"));
  BadFile file(kPath, disk);
  disk.set_capacity(disk.used_bytes());
  CHECK(file.note(bad(1)));
  CHECK(BadFile(kPath, disk).find(bad(1).digest) != nullptr);
}

TEST_CASE("WithoutRoomForTheFileItselfTheNoteIsRefusedUntilThereIsRoom") {
  FakeDisk disk;
  REQUIRE(disk.make_folder("/data"));
  disk.set_capacity(100);
  BadFile file(kPath, disk);
  const auto noted = file.note(bad(1));
  REQUIRE_FALSE(noted);
  CHECK(noted.error().kind == ErrorKind::full);
  disk.set_capacity(1 << 20);
  CHECK(file.note(bad(1)));
}

TEST_CASE("TheNewest64AreKept") {
  FakeDisk disk;
  REQUIRE(disk.make_folder("/data"));
  BadFile file(kPath, disk);
  for (int i = 0; i < 70; ++i) REQUIRE(file.note(bad(i)));
  const BadFile again(kPath, disk);
  REQUIRE(again.noted().size() == 64);
  CHECK(again.noted().front().digest == bad(6).digest);
  CHECK(again.noted().back().digest == bad(69).digest);
}

TEST_CASE("ARecordThatWasCutOrDecayedIsNoneAndTheOthersAreBelieved") {
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    FakeDisk disk(seed);
    REQUIRE(disk.make_folder("/data"));
    BadFile file(kPath, disk);
    REQUIRE(file.note(bad(1)));
    disk.lose_power_inside(1);
    CHECK_FALSE(file.note(bad(2)));
    disk.restore_power();
    BadFile again(kPath, disk);
    CHECK(again.find(bad(1).digest) != nullptr);
    for (const auto& one : again.noted()) CHECK((one.digest == bad(1).digest || one.digest == bad(2).digest));
    disk.damage(kPath, 20, as_bytes("?"));
    CHECK(BadFile(kPath, disk).find(bad(1).digest) == nullptr);
  }
}

}  // namespace
}  // namespace oree::deployment

#include "core/tuf/uptane.h"

#include <doctest/doctest.h>

namespace oree::tuf {
namespace {

FoundTarget offered(int64_t counter, const std::string& hash = "aa", uint64_t length = 10) {
  FoundTarget out;
  out.path = "models/ducks";
  out.file.length = length;
  out.file.hashes = {{"sha256", hash}};
  out.file.custom =
      json::Object{{"hardware_ids", json::Array{"orin", "rk3588"}}, {"release_counter", counter}};
  return out;
}

const Device kBox{"box-1", "orin", 4};

TEST_CASE("InstallsWhatBothRepositoriesName") {
  CHECK(agree(offered(5), offered(5), kBox).value() == 5);
  CHECK(agree(offered(4), offered(4), kBox).value() == 4);  // again is no rollback
  auto director = offered(5);
  director.file.custom.set("device", "box-1");
  CHECK(agree(director, offered(5), kBox).value() == 5);
}

TEST_CASE("AHubAloneCannotInstallAnything") {
  CHECK(agree(offered(5, "bb"), offered(5, "aa"), kBox).error().kind == ErrorKind::denied);
  CHECK(agree(offered(5, "aa", 11), offered(5), kBox).error().kind == ErrorKind::denied);
  auto other_hash = offered(5);
  other_hash.file.hashes = {{"sha512", "aa"}};  // nothing in common says nothing
  CHECK(agree(other_hash, offered(5), kBox).error().kind == ErrorKind::denied);
  auto elsewhere = offered(5);
  elsewhere.path = "models/geese";
  CHECK(agree(elsewhere, offered(5), kBox).error().kind == ErrorKind::denied);
}

TEST_CASE("AReleaseForOtherHardwareIsRefused") {
  CHECK(agree(offered(5), offered(5), {"box-1", "x86", 0}).error().kind == ErrorKind::denied);
  auto released = offered(5);
  released.file.custom.set("hardware_ids", json::Array{"x86"});
  CHECK(agree(offered(5), released, kBox).error().kind == ErrorKind::denied);
}

TEST_CASE("AnotherDevicesOrderIsNotOurs") {
  auto director = offered(5);
  director.file.custom.set("device", "box-2");
  CHECK(agree(director, offered(5), kBox).error().kind == ErrorKind::denied);
  director.file.custom.set("device", 7);
  CHECK(agree(director, offered(5), kBox).error().kind == ErrorKind::denied);
}

TEST_CASE("ALowerReleaseCounterIsARollbackEvenWhenBothSignedItOnce") {
  const auto refused = agree(offered(3), offered(3), kBox);
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(refused.error().what.starts_with("rollback: "));
  CHECK(agree(offered(9), offered(5), kBox).error().kind == ErrorKind::denied);
}

TEST_CASE("WithoutTermsNothingIsInstalled") {
  auto bare = offered(5);
  bare.file.custom = {};
  CHECK(agree(bare, offered(5), kBox).error().kind == ErrorKind::invalid);
  CHECK(agree(offered(5), bare, kBox).error().kind == ErrorKind::invalid);
}

TEST_CASE("ADirectorDelegatesToNobodyAndNamesADeviceOnce") {
  Targets targets;
  targets.targets["models/ducks"].custom = json::Object{{"device", "box-1"}};
  targets.targets["config/line"].custom = json::Object{{"device", "box-1"}};
  CHECK(check_director(targets).has_value());
  targets.targets["models/geese"].custom = json::Object{{"device", "box-1"}};
  CHECK(check_director(targets).error().kind == ErrorKind::denied);
  targets.targets.erase("models/geese");
  targets.delegations.emplace_back();
  CHECK(check_director(targets).error().kind == ErrorKind::denied);
}

}  // namespace
}  // namespace oree::tuf

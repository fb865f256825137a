#include <doctest/doctest.h>

#include <future>

#include "platform/mqtt/password.h"
#include "services/broker/access/access_table.h"

using namespace oree;
using namespace oree::broker;

namespace {

std::unique_ptr<AccessTable> table(AccessSettings settings, AccessTable::Done done = [](uint64_t, bool) {}) {
  auto made = AccessTable::create(std::move(settings), std::move(done));
  REQUIRE(made);
  return std::move(*made);
}

Login login_as(std::string user, std::string_view password) {
  Login login;
  login.connection = 7;
  login.user = std::move(user);
  const ByteView bytes = as_bytes(password);
  login.password.assign(bytes.begin(), bytes.end());
  return login;
}

}  // namespace

TEST_CASE("AFilterCoversWhatItMatchesAndNoMore") {
  CHECK(filter_covers("a/#", "a/b/+"));
  CHECK(filter_covers("a/#", "a"));
  CHECK(filter_covers("a/+", "a/+"));
  CHECK(filter_covers("#", "a/b"));
  CHECK_FALSE(filter_covers("a/+", "a/#"));
  CHECK_FALSE(filter_covers("a/b", "a/+"));
  CHECK_FALSE(filter_covers("#", "$SYS/a"));
  CHECK_FALSE(filter_covers("a/b", "a"));
  CHECK(filters_overlap("a/+", "+/b"));
  CHECK(filters_overlap("a/#", "a"));
  CHECK_FALSE(filters_overlap("a/b", "a/c"));
  CHECK_FALSE(filters_overlap("a/b", "a"));
}

TEST_CASE("AnonymousClientsComeFromThisMachineOnly") {
  const auto access = table({});
  Login login;
  login.peer.loopback = true;
  CHECK(access->login(login) == LoginAnswer::allowed);
  login.peer.loopback = false;
  CHECK(access->login(login) == LoginAnswer::denied);
  login.peer.certificate_name = "robot-1";
  CHECK(access->login(login) == LoginAnswer::allowed);
}

TEST_CASE("APasswordIsCheckedOnceAndRemembered") {
  AccessSettings settings;
  settings.users = {{"ann", *mqtt::hash_password(as_bytes("right"))}};
  std::promise<bool> first;
  std::promise<bool> second;
  int calls = 0;
  const auto access = table(settings, [&](uint64_t connection, bool allowed) {
    CHECK(connection == 7);
    (calls++ == 0 ? first : second).set_value(allowed);
  });
  CHECK(access->login(login_as("bob", "right")) == LoginAnswer::denied);
  CHECK(access->login(login_as("ann", "wrong")) == LoginAnswer::later);
  CHECK_FALSE(first.get_future().get());
  CHECK(access->login(login_as("ann", "right")) == LoginAnswer::later);
  CHECK(second.get_future().get());
  CHECK(access->login(login_as("ann", "right")) == LoginAnswer::allowed);
}

TEST_CASE("TheFirstRuleThatFitsDecides") {
  AccessSettings settings;
  settings.allow_without_rule = false;
  settings.rules = {
      {.allow = false, .kind = AccessKind::subscribe, .filter = "test/nosubscribe"},
      {.allow = true, .kind = AccessKind::publish, .filter = "plant/%u/%c/#"},
      {.allow = true, .kind = AccessKind::subscribe, .user = "ann", .filter = "#"},
  };
  const auto access = table(settings);
  const Who ann{"c1", "ann"};
  CHECK(access->may_publish(ann, "plant/ann/c1/x"));
  CHECK_FALSE(access->may_publish(ann, "plant/ann/c2/x"));
  CHECK_FALSE(access->may_publish({"c+", "ann"}, "plant/ann/c+/x"));
  CHECK(access->may_subscribe(ann, "#"));
  CHECK_FALSE(access->may_subscribe(ann, "test/nosubscribe"));
  CHECK_FALSE(access->may_subscribe({"c1", "bob"}, "a"));
  CHECK(access->filters_reads());
  CHECK_FALSE(access->may_read(ann, "test/nosubscribe"));
  CHECK(access->may_read(ann, "test/other"));
}

TEST_CASE("SettingsThatCannotWorkAreNamed") {
  AccessSettings settings;
  settings.users = {{"ann", "plain"}};
  auto made = AccessTable::create(settings, {});
  REQUIRE_FALSE(made);
  CHECK(made.error().what.find("ann") != std::string::npos);
  settings.users.clear();
  settings.rules = {{.filter = "a/#/b"}};
  CHECK_FALSE(AccessTable::create(settings, {}));
}

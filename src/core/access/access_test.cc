#include <doctest/doctest.h>

#include "base/text.h"
#include "core/access/check.h"
#include "core/access/people_file.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::access {
namespace {

using files::testing::FakeDisk;
constexpr const char* kPath = "/data/access/people";

http::Request asking(std::string peer, std::string host, std::vector<http::Header> more = {}) {
  http::Request request;
  request.method = "GET";
  request.path = "/api/v1/station";
  request.peer = std::move(peer);
  request.headers = {{"Host", std::move(host)}};
  request.headers.insert(request.headers.end(), more.begin(), more.end());
  return request;
}

TEST_CASE("ATokenIsShownOnceAndOnlyItsDigestIsKept") {
  FakeDisk disk;
  PeopleFile people(kPath, disk);
  CHECK(people.people()->empty());
  const auto token = people.add({"nadia", Role::engineer});
  REQUIRE(token);
  CHECK(token->size() == 43);
  const auto text = disk.read(kPath, 4096);
  REQUIRE(text);
  CHECK(as_text(*text).find(*token) == std::string_view::npos);
  CHECK(*people.find(*token) == Person{"nadia", Role::engineer});
  CHECK_FALSE(*people.find("another"));
  CHECK_FALSE(*people.find(""));
}

TEST_CASE("WhatAnotherProcessChangedCountsFromTheNextQuestionOn") {
  FakeDisk disk;
  PeopleFile station(kPath, disk), command(kPath, disk);
  const auto first = *command.add({"nadia", Role::engineer});
  CHECK(*station.find(first));
  const auto second = *command.add({"nadia", Role::operator_});
  CHECK_FALSE(*station.find(first));
  CHECK((*station.find(second))->role == Role::operator_);
  REQUIRE(command.remove("nadia"));
  CHECK_FALSE(*station.find(second));
  CHECK(command.remove("nadia").error().kind == ErrorKind::not_found);
}

TEST_CASE("AFileThatIsDamagedLetsNobodyInAndSaysWhichLine") {
  FakeDisk disk;
  REQUIRE(disk.make_folder("/data/access"));
  REQUIRE(disk.write(
      kPath, as_bytes(cat("nadia engineer ", token_digest("a"), "\nyves king ", token_digest("b"), "\n"))));
  PeopleFile people(kPath, disk);
  const auto found = people.find("a");
  REQUIRE_FALSE(found);
  CHECK(found.error().what.find("/data/access/people: line 2") != std::string::npos);
  for (const char* name : {"", ".hidden", "two words", "a\nb"}) CHECK_FALSE(people.add({name, Role::admin}));
}

TEST_CASE("UntilSomebodyIsNamedOnlyThisVeryMachineMayAsk") {
  const auto may = [](const http::Request& request, bool any_people,
                      const std::optional<Person>& known = {}) {
    return check(request, known, any_people, Role::engineer, "oree …");
  };
  CHECK(may(asking("127.0.0.1:5000", "localhost:8000"), false)->role == Role::admin);
  CHECK(may(asking("10.0.0.9:5000", "station:8000"), false).error().status == 401);
  CHECK(may(asking("127.0.0.1:5000", "localhost:8000"), true).error().status == 401);
  CHECK_FALSE(may(asking("127.0.0.1:5000", "localhost:8000", {{"Forwarded", "for=10.0.0.9"}}), false));
  CHECK_FALSE(may(asking("127.0.0.1:5000", "localhost:8000", {{"Origin", "http://evil"}}), false));
  CHECK(may(asking("10.0.0.9:5000", "x"), true, Person{"nadia", Role::engineer})->name == "nadia");
  const auto small = may(asking("10.0.0.9:5000", "x"), true, Person{"yves", Role::operator_});
  CHECK(small.error().status == 403);
  CHECK(small.error().what == "this takes the role 'engineer'; 'yves' is operator");
}

}  // namespace
}  // namespace oree::access

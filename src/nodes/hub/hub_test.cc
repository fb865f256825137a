// What can be said of the hub without a network: names, reports, signed calls, invitations, who may ask.
#include "nodes/hub/hub.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "nodes/hub/door/access_check.h"
#include "nodes/hub/door/flood.h"
#include "nodes/hub/door/names.h"
#include "nodes/hub/door/station_call.h"
#include "nodes/hub/fleet/access.h"
#include "nodes/hub/fleet/evidence.h"
#include "nodes/hub/fleet/report.h"
#include "nodes/hub/registry/blobs.h"
#include "nodes/hub/registry/vouching.h"
#include "nodes/hub/store/devices.h"
#include "platform/files/testing/temp_folder.h"

using namespace oree;
using namespace oree::hub;

namespace {

const std::string kDigest = cat("sha256:", std::string(64, 'a'));
const std::string kInstance(32, '0');

std::string report_with(const std::string& models) {
  return cat(R"({"instance":")", kInstance, R"(","revision":3,"models":)", models, "}");
}

http::Request asking(std::string peer, std::string host, std::string token = "") {
  http::Request request;
  request.method = "GET";
  request.peer = std::move(peer);
  request.headers = {{"Host", std::move(host)}};
  if (!token.empty()) request.headers.emplace_back("Authorization", cat("Bearer ", token));
  return request;
}

}  // namespace

TEST_CASE("PathsOfAPackageStayInside") {
  CHECK(is_package_path("model.onnx"));
  CHECK(is_package_path("golden/1/input.npy"));
  for (const auto* path : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/./b", "a b", "a/"})
    CHECK_FALSE(is_package_path(path));
}

TEST_CASE("AReportIsReadWithItsSlots") {
  const auto report =
      parse_report(report_with(cat(R"([{"name":"ducks","state":"healthy","package":")", kDigest,
                                   R"(","slots":{"current":{"version":"3","package":")", kDigest,
                                   R"("},"last_good":null},"bad":[")", kDigest, R"("]}])")));
  REQUIRE_MESSAGE(report, (report ? "" : report.error().what));
  CHECK(report->revision == 3);
  const auto* ducks = report->find("ducks");
  REQUIRE(ducks != nullptr);
  CHECK(ducks->current.package == kDigest);
  CHECK(ducks->last_good.package.empty());
  CHECK(ducks->bad.size() == 1);
  CHECK(report->find("geese") == nullptr);
}

TEST_CASE("AReportThatIsNoneNamesTheMember") {
  const std::pair<std::string, std::string> cases[] = {
      {"[]", "object"},
      {R"({"instance":"12"})", "instance"},
      {report_with(R"([{"name":"..","state":"healthy"}])"), "models.name"},
      {report_with(R"([{"name":"ducks","state":"silent"}])"), "models.state"},
      {report_with(R"([{"name":"ducks","state":"healthy","package":"x"}])"), "models.package"},
      {report_with(R"([{"name":"ducks","state":"healthy"},{"name":"ducks","state":"healthy"}])"), "twice"}};
  for (const auto& [text, word] : cases) {
    const auto report = parse_report(text);
    REQUIRE(!report);
    CHECK(report.error().kind == ErrorKind::invalid);
    CHECK_MESSAGE(report.error().what.find(word) != std::string::npos, report.error().what);
  }
}

TEST_CASE("MetricsWithMoreErrorsThanRequestsAreRefused") {
  const auto body = [](int errors) {
    return cat(R"({"instance":")", kInstance, R"(","models":[{"name":"ducks","requests":3,"errors":)", errors,
               R"(,"latency_us":[[100,3]]}]})");
  };
  const auto good = parse_metrics(body(3));
  REQUIRE(good);
  CHECK(good->models[0].evidence.latency.count() == 3);
  CHECK_FALSE(parse_metrics(body(4)));
}

TEST_CASE("WhatIsSignedCoversPathCounterAndBody") {
  const auto key = crypto::SigningKey::generate();
  http::Request request;
  request.path = "/api/v1/devices/line-1/sync";
  request.body = "{}";
  const auto signature = key.sign(as_bytes(signed_text(request.path, 7, request.body)));
  const StationCall call{7, ByteBuffer(signature.begin(), signature.end())};
  CHECK(is_signed_by(key.public_key(), request, call));
  CHECK_FALSE(is_signed_by(key.public_key(), request, {8, call.signature}));
  CHECK_FALSE(is_signed_by(crypto::SigningKey::generate().public_key(), request, call));
  request.body = "{ }";
  CHECK_FALSE(is_signed_by(key.public_key(), request, call));
}

TEST_CASE("AnInvitationIsUsedAsOftenAsItSaysAndNotAfterItsTime") {
  const auto shelf = *Shelf::open(":memory:");
  PeopleStore people(*shelf);
  DeviceStore devices(*shelf);
  const auto secret = *people.invite({.note = "two", .uses = 2, .expires = 1'000});
  const auto add = [&](const std::string& id, int64_t now) {
    Device device{.id = id, .key = crypto::SigningKey::generate().public_key(), .hardware = "x"};
    return devices.add(device, secret, now);
  };
  CHECK(add("a", 10));
  CHECK(add("b", 999));
  CHECK(add("c", 10).error().kind == ErrorKind::denied);
  const auto late = *people.invite({.note = "", .uses = 1, .expires = 1'000});
  Device device{.id = "d", .key = crypto::SigningKey::generate().public_key(), .hardware = "x"};
  CHECK(devices.add(device, late, 1'000).error().kind == ErrorKind::denied);
  CHECK(devices.load()->size() == 2);
}

TEST_CASE("UntilSomebodyIsNamedOnlyThisMachineMayAsk") {
  const auto local = asking("127.0.0.1:5000", "localhost:8200");
  CHECK(check_access(local, std::nullopt, false, Role::admin)->role == Role::admin);
  CHECK(check_access(local, std::nullopt, true, Role::operator_).error().status == 401);
  CHECK(check_access(asking("10.0.0.9:5000", "hub:8200"), std::nullopt, false, Role::operator_)
            .error()
            .status == 401);
  auto proxied = local;
  proxied.headers.emplace_back("X-Forwarded-For", "10.0.0.9");
  CHECK_FALSE(check_access(proxied, std::nullopt, false, Role::operator_));
  auto foreign = local;
  foreign.headers.emplace_back("Origin", "http://evil.example");
  CHECK_FALSE(check_access(foreign, std::nullopt, false, Role::operator_));
  const Person nadia{"nadia", Role::operator_};
  CHECK(check_access(local, nadia, true, Role::operator_)->name == "nadia");
  CHECK(check_access(local, nadia, true, Role::engineer).error().status == 403);
}

TEST_CASE("AFloodIsLetInAsFastAsTheBucketFills") {
  oree::testing::FakeClock clock;
  Flood flood(clock, 60);
  int in = 0;
  for (int i = 0; i < 100; ++i) in += flood.let_in() ? 1 : 0;
  CHECK(in == 60);
  clock.advance(std::chrono::seconds(5));
  in = 0;
  for (int i = 0; i < 100; ++i) in += flood.let_in() ? 1 : 0;
  CHECK(in == 5);
}

TEST_CASE("AnAccessTokenEndsAndIsRenewedBefore") {
  oree::testing::FakeClock clock;
  Access access(clock, std::chrono::minutes(60));
  const auto first = access.token_of("line-1");
  CHECK(access.token_of("line-1").text == first.text);
  CHECK(access.token_of("line-2").text != first.text);
  clock.advance(std::chrono::minutes(31));
  const auto second = access.token_of("line-1");
  CHECK(second.text != first.text);
  CHECK(access.is_good(first.text));
  clock.advance(std::chrono::minutes(30));
  CHECK_FALSE(access.is_good(first.text));
  CHECK(access.is_good(second.text));
  access.forget("line-1");
  CHECK_FALSE(access.is_good(second.text));
}

TEST_CASE("ABlobWithOtherBytesIsRefused") {
  const files::testing::TempFolder folder;
  Blobs blobs(folder.path() / "blobs");
  REQUIRE(blobs.prepare());
  const auto digest = crypto::sha256(as_bytes("network"));
  CHECK(blobs.store(digest, as_bytes("other")).error().kind == ErrorKind::corrupt);
  CHECK_FALSE(blobs.size(digest));
  REQUIRE(blobs.store(digest, as_bytes("network")));
  CHECK(as_text(blobs.load(digest)->bytes) == "network");
  CHECK(blobs.load(crypto::sha256(as_bytes("x"))).error().kind == ErrorKind::not_found);
}

TEST_CASE("WhatTheHubVouchesForIsRenewedForYearsWithoutAnybodysHand") {
  const files::testing::TempFolder folder;
  files::RealDisk disk;
  oree::testing::FakeClock clock;
  auto vouching = Vouching::open(folder.path(), disk, clock);
  REQUIRE(vouching);
  REQUIRE((*vouching)->add("ducks/1/package.json", "{}", json::Object{}));
  for (int day = 0; day < 3 * 365; ++day) {
    clock.advance(std::chrono::hours(24));
    REQUIRE((*vouching)->keep_fresh());
    if (day % 30 != 0) continue;
    const auto repository = tuf::Repository::open(disk, folder.path() / "tuf");
    REQUIRE(repository);
    CHECK(repository->root()->common.expires > clock.wall());
    CHECK(repository->targets()->common.expires > clock.wall());
    CHECK(repository->version("root").value() <= 1 + day / 182 + 1);  // no oftener than it needs
  }
}

TEST_CASE("WhatIsKeptElsewhereIsLeftToItsOwner") {
  const files::testing::TempFolder folder;
  files::RealDisk disk;
  oree::testing::FakeClock clock;
  auto vouching = Vouching::open(folder.path(), disk, clock);
  REQUIRE(vouching);
  std::filesystem::remove(folder.path() / "keys" / "root.key");
  clock.advance(std::chrono::hours(24 * 300));
  REQUIRE((*vouching)->keep_fresh());
  CHECK_FALSE((*vouching)->metadata("2.root.json"));
}

TEST_CASE("SettingsSayWhatIsWrongAndWhere") {
  CHECK(
      parse_settings("hub: works\npackages: {allow_unsigned: true}\n", "hub.yaml")->packages.allow_unsigned);
  const auto wrong = parse_settings(
      "hub: a b\nlisten: nowhere\npackages: {allow_unsigned: true, signers: [a.pem]}\nticks: 1s\n",
      "hub.yaml");
  REQUIRE(!wrong);
  for (const auto* word : {"hub.yaml:1", "listen", "allow_unsigned", "ticks"})
    CHECK_MESSAGE(wrong.error().what.find(word) != std::string::npos, wrong.error().what);
  CHECK(parse_settings("hub: \"\"\n", "hub.yaml").error().what.find("'hub'") != std::string::npos);
}

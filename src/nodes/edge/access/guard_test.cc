#include "nodes/edge/access/guard.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "nodes/edge/access/sign_in.h"
#include "platform/files/testing/fake_disk.h"

namespace oree::edge {
namespace {

using access::Role;
using http::Request, http::Response;

struct Bench {
  files::testing::FakeDisk disk;
  access::PeopleFile people{"/data/access/people", disk};
  http::Router router;

  explicit Bench(const AccessSetting& setting = {}) {
    http::Router open;
    const auto add = [&](const char* method, const char* pattern, const char* tag) {
      open.add({method, pattern, tag, "", [](const Request&) { return http::text(200, "done"); }});
    };
    add("GET", "/api/v1/station", "station");
    add("GET", "/metrics", "station");
    add("GET", "/api/v1/health/live", "station");
    add("POST", "/api/v1/trigger", "station");
    add("POST", "/v2/models/{model}/infer", "oip-v2");
    add("POST", "/v2/repository/models/{model}/unload", "oip-v2");
    add("POST", "/api/v1/configs/active", "station");
    add("POST", "/classify/image", "custom-vision");
    add("GET", "/assets/{rest...}", "");
    add("GET", "/{rest...}", "");
    router = guarded(open, setting, people, false);
  }
  Response ask(const char* method, const std::string& path, std::vector<http::Header> headers = {},
               std::string body = "", const char* peer = "10.0.0.9:5000") {
    const auto match = router.match(method, path);
    REQUIRE(match.route != nullptr);
    Request request;
    request.method = method;
    request.path = path;
    request.peer = peer;
    request.body = std::move(body);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "station:8000");
    request.captures = match.captures;
    return match.route->handler(request);
  }
  static std::vector<http::Header> bearer(const std::string& token) {
    return {{"Authorization", cat("Bearer ", token)}};
  }
};

std::string_view header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

TEST_CASE("AnOperatorReadsAndAsksAndAnEngineerChanges") {
  Bench bench;
  const auto yves = *bench.people.add({"yves", Role::operator_}),
             nadia = *bench.people.add({"nadia", Role::engineer});
  struct Row {
    const char *method, *path;
    bool takes_engineer;
  };
  const Row rows[] = {
      {"GET", "/api/v1/station", false},       {"GET", "/metrics", false},
      {"POST", "/api/v1/trigger", false},      {"POST", "/v2/models/ducks/infer", false},
      {"POST", "/classify/image", false},      {"POST", "/v2/repository/models/ducks/unload", true},
      {"POST", "/api/v1/configs/active", true}};
  for (const auto& row : rows) {
    CAPTURE(row.path);
    CHECK(bench.ask(row.method, row.path).status == 401);
    CHECK(bench.ask(row.method, row.path, Bench::bearer("guessed")).status == 401);
    CHECK(bench.ask(row.method, row.path, Bench::bearer(yves)).status == (row.takes_engineer ? 403 : 200));
    CHECK(bench.ask(row.method, row.path, Bench::bearer(nadia)).status == 200);
  }
  REQUIRE(bench.people.remove("yves"));
  CHECK(bench.ask("GET", "/api/v1/station", Bench::bearer(yves)).status == 401);
}

TEST_CASE("WhatTheSettingsLeaveOpenAnswersWithoutAToken") {
  Bench closed({.open = {}}), open({.open = {"health", "metrics"}});
  for (const char* path : {"/metrics", "/api/v1/health/live"}) {
    CHECK(closed.ask("GET", path).status == 401);
    CHECK(open.ask("GET", path).status == 200);
  }
  CHECK(closed.ask("GET", "/assets/app.js").status == 200);  // holds nothing of this station
  CHECK(open.ask("GET", "/api/v1/station").status == 401);
}

TEST_CASE("UntilSomebodyIsNamedOnlyThisVeryMachineMayAskAStation") {
  Bench bench;
  CHECK(bench.ask("GET", "/api/v1/station").status == 401);
  CHECK(bench.ask("GET", "/api/v1/station", {{"Host", "localhost:8000"}}, "", "127.0.0.1:9").status == 200);
  REQUIRE(bench.people.add({"nadia", Role::engineer}));
  CHECK(bench.ask("GET", "/api/v1/station", {{"Host", "localhost:8000"}}, "", "127.0.0.1:9").status == 401);
}

TEST_CASE("ABrowserIsAskedForATokenAndThenCarriesItAsACookie") {
  Bench bench;
  const auto token = *bench.people.add({"nadia", Role::engineer});
  const auto asked = bench.ask("GET", "/history", {{"Accept", "text/html"}, {"Accept-Language", "fr-FR"}});
  CHECK(asked.status == 401);
  CHECK(asked.body.find("Votre jeton") != std::string::npos);
  CHECK(asked.body.find(R"(name="next" value="/history")") != std::string::npos);
  const http::Header form{"Content-Type", "application/x-www-form-urlencoded"};
  CHECK(bench.ask("POST", "/api/v1/session", {form}, "token=guessed&next=%2Fhistory").status == 401);
  const auto in = bench.ask("POST", "/api/v1/session", {form}, cat("token=", token, "&next=%2Fhistory"));
  CHECK(in.status == 303);
  CHECK(header_of(in, "Location") == "/history");
  const std::string cookie(header_of(in, "Set-Cookie"));
  CHECK(cookie == cat("oree_token=", token, "; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict"));
  const http::Header shown{"Cookie", cat("theme=dark; oree_token=", token)};
  CHECK(bench.ask("GET", "/history", {shown, {"Accept", "text/html"}}).status == 200);
  CHECK(bench.ask("POST", "/api/v1/configs/active", {shown, {"Origin", "http://station:8000"}}).status ==
        200);
  CHECK(bench.ask("POST", "/api/v1/configs/active", {shown, {"Origin", "http://evil"}}).status == 401);
  CHECK(
      bench.ask("POST", "/api/v1/session", {form, {"Origin", "http://evil"}}, cat("token=", token)).status ==
      403);
}

TEST_CASE("AStationThatOthersReachAndThatDoesNotAskSaysSo") {
  for (const char* address : {"0.0.0.0", "::", "192.168.1.7", "station.local"}) {
    CHECK(open_door(address, false).find(address) != std::string::npos);
    CHECK(open_door(address, true) == "");
  }
  for (const char* address : {"127.0.0.1", "::1", "localhost"}) CHECK(open_door(address, false) == "");
}

TEST_CASE("SigningInLeadsNowhereElse") {
  Bench bench;
  const auto token = *bench.people.add({"nadia", Role::engineer});
  for (const char* next : {"//evil", "https://evil", "%2F%2Fevil", "%2F%5Cevil", "%2F%09%2Fevil", ""}) {
    const auto in =
        bench.ask("POST", "/api/v1/session", {{"Content-Type", "application/x-www-form-urlencoded"}},
                  cat("token=", token, "&next=", next));
    CHECK(header_of(in, "Location") == "/");
  }
  const auto page = bench.ask("GET", "/\"><script>", {{"Accept", "text/html"}});
  CHECK(page.body.find("<script>\"") == std::string::npos);
  CHECK(page.body.find("value=\"/&quot;>&lt;script>\"") != std::string::npos);
}

}  // namespace
}  // namespace oree::edge

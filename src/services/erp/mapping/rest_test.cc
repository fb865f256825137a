#include "services/erp/mapping/rest.h"

#include "services/erp/answer.h"
#include "services/erp/testing/plain_double.h"
#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

using testing::PlainDouble;
using testing::sample;
using namespace std::chrono_literals;

std::string what(const auto& result) {
  return result ? "" : result.error().what;
}

struct Bench {
  explicit Bench(PlainDouble::Answer answer, std::string_view example = "plain") : erp(std::move(answer)) {
    const auto node = config::load(cat(OREE_SOURCE_DIR, "/examples/erp/", example, ".yaml"));
    REQUIRE(node);
    auto mapping = parse_mapping(*node, folder.path());
    REQUIRE_MESSAGE(mapping, what(mapping));
    settings.mapping = *std::move(mapping);
    settings.mapping.url = erp.url();
    std::filesystem::create_directories(folder.path() / "secrets");
    for (const Secret& secret : settings.mapping.secrets) std::ofstream(secret.file) << "s3cret\n";
  }
  Rest adapter() { return Rest(settings, clock); }

  files::testing::TempFolder folder;
  oree::testing::FakeClock clock;
  PlainDouble erp;
  RestSettings settings;
};

http::Response status(int code, std::string body = "{}") {
  return http::json(code, std::move(body));
}

TEST_CASE("APlainErpGetsTheOrderAsItsMappingSays") {
  Bench bench([](const http::Request&) { return status(201, R"({"number": 42})"); });
  auto rest = bench.adapter();
  const auto placed = rest.place(sample());
  REQUIRE_MESSAGE(placed, what(placed));
  CHECK(*placed == Placed{"42", cat(bench.erp.url(), "/orders/42"), true});
  const auto requests = bench.erp.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].header("Authorization") == "Bearer s3cret");
  CHECK(requests[0].header("Idempotency-Key") == "mo-1");
  const auto body = json::parse(requests[0].body).value();
  CHECK(*body.find("machine")->text() == "robot-7");
  CHECK(body.find("score")->number() == 7.25);
  CHECK(body.find("parts")->array()->size() == 2);
  CHECK(at_pointer(body, "/parts/1/quantity")->integer() == 4);
}

// Odoo's maintenance.request as far as the example goes.
struct Odoo {
  json::Array rows;
  bool breaks_once = false;
  json::Value args;

  http::Response operator()(const http::Request& request) {
    const auto body = json::parse(request.body).value();
    args = *at_pointer(body, "/params/args");
    const std::string method = *at_pointer(args, "/4")->text();
    if (method == "search_read") return answer(search());
    if (method != "create") return answer(true);
    rows.push_back(*at_pointer(args, "/5/0"));
    if (std::exchange(breaks_once, false)) return status(502, "<html>Bad gateway</html>");
    return answer(rows.size());
  }
  static http::Response answer(json::Value result) {
    return status(200,
                  json::print(json::Object{{"jsonrpc", "2.0"}, {"id", 1}, {"result", std::move(result)}}));
  }
  json::Array search() const {
    const std::string wanted = *at_pointer(args, "/5/0/0/2")->text();
    for (size_t i = 0; i < rows.size(); ++i) {
      if (*rows[i].find("x_oree_order")->text() == wanted) return {json::Object{{"id", i + 1}}};
    }
    return {};
  }
};

TEST_CASE("OdooGetsARequestWithItsTeamMachineAndPriority") {
  Odoo odoo;
  Bench bench(std::ref(odoo), "odoo");
  auto rest = bench.adapter();
  const auto placed = rest.place(sample());
  REQUIRE_MESSAGE(placed, what(placed));
  CHECK(placed->number == "1");
  CHECK(placed->url == cat(bench.erp.url(), "/web#model=maintenance.request&view_type=form&id=1"));
  CHECK(*at_pointer(odoo.args, "/2")->text() == "s3cret");
  const auto& row = odoo.rows.at(0);
  CHECK(row.find("maintenance_team_id")->integer() == 1);
  CHECK(row.find("equipment_id")->integer() == 12);
  CHECK(*row.find("priority")->text() == "3");
  CHECK(*row.find("schedule_date")->text() == "2026-03-02 08:00:00");
  REQUIRE(rest.cancel("1"));
  CHECK(at_pointer(odoo.args, "/5/0/0")->integer() == 1);
}

TEST_CASE("ATryAfterAnAnswerThatWasLostFindsTheRequestInOdoo") {
  Odoo odoo;
  odoo.breaks_once = true;
  Bench bench(std::ref(odoo), "odoo");
  auto rest = bench.adapter();
  const auto first = rest.place(sample());
  REQUIRE_FALSE(first);
  CHECK(first.error().kind == ErrorKind::unavailable);
  const auto again = rest.place(sample());
  REQUIRE_MESSAGE(again, what(again));
  CHECK_FALSE(again->created);
  CHECK(again->number == "1");
  CHECK(odoo.rows.size() == 1);
}

TEST_CASE("AMistakeInsideAnAnswer200IsAMistake") {
  Bench bench(
      [](const http::Request&) {
        return status(200, R"({"error":{"code":200,"message":"Odoo Server Error",
                               "data":{"message":"Invalid field 'x_oree_order'"}}})");
      },
      "odoo");
  auto rest = bench.adapter();
  const auto placed = rest.place(sample());
  REQUIRE_FALSE(placed);
  CHECK(placed.error().kind == ErrorKind::invalid);
  CHECK(placed.error().what.contains("Invalid field 'x_oree_order'"));
}

TEST_CASE("OracleIsAskedForTheNumberFirstAndOneThatExistsIsFound") {
  bool visible = false;
  Bench bench(
      [&](const http::Request& request) {
        if (request.method == "POST") {
          visible = true;
          return status(409, R"({"title":"Conflict"})");
        }
        CHECK(request.parameter("q") == "OrganizationCode='PLANT1';WorkOrderNumber='mo-1'");
        return status(200, visible ? R"({"items":[{"WorkOrderNumber":"mo-1"}]})" : R"({"items":[]})");
      },
      "oracle");
  auto rest = bench.adapter();
  const auto placed = rest.place(sample());
  REQUIRE_MESSAGE(placed, what(placed));
  CHECK(*placed == Placed{"mo-1", "", false});
  const auto requests = bench.erp.requests();
  REQUIRE(requests.size() == 3);
  const auto body = json::parse(requests[1].body).value();
  CHECK(*body.find("AssetNumber")->text() == "ROBOT-0007");
  CHECK(body.find("WorkOrderPriority")->integer() == 1);
}

TEST_CASE("WhatExistsAndCannotBeFoundIsAConflict") {
  Bench bench(
      [&](const http::Request& request) {
        return request.method == "POST" ? status(409) : status(200, R"({"items":[]})");
      },
      "oracle");
  auto rest = bench.adapter();
  CHECK(rest.place(sample()).error().kind == ErrorKind::conflict);
}

TEST_CASE("AnAnswerThatSaysDoneAndCannotBeReadIsTriedAgain") {
  for (const char* body :
       {"", "{", "[]", R"({"number":null})", R"({"number":""})", R"({"number":{}})", "<html>"}) {
    Bench bench([&](const http::Request&) { return status(200, body); });
    auto rest = bench.adapter();
    const auto placed = rest.place(sample());
    CAPTURE(body);
    REQUIRE_FALSE(placed);
    CHECK(placed.error().kind == ErrorKind::unavailable);
  }
}

TEST_CASE("EachStatusHasItsVerdict") {
  const auto kind = [](int code) {
    Bench bench(
        [&](const http::Request&) { return status(code, R"({"message":"why"})").with("Retry-After", "9"); });
    auto rest = bench.adapter();
    const auto placed = rest.place(sample());
    REQUIRE_FALSE(placed);
    CHECK(rest.pause() == 9s);
    CHECK(placed.error().what.contains("why"));
    return placed.error().kind;
  };
  CHECK(kind(400) == ErrorKind::invalid);
  CHECK(kind(401) == ErrorKind::denied);
  CHECK(kind(404) == ErrorKind::not_found);
  CHECK(kind(429) == ErrorKind::busy);
  CHECK(kind(503) == ErrorKind::unavailable);
  CHECK(kind(302) == ErrorKind::invalid);
}

TEST_CASE("AMissingSecretIsDeniedAndNothingIsSent") {
  Bench bench([](const http::Request&) { return status(201, R"({"number": 1})"); });
  std::filesystem::remove(bench.settings.mapping.secrets[0].file);
  auto rest = bench.adapter();
  CHECK(rest.place(sample()).error().kind == ErrorKind::denied);
  CHECK(bench.erp.requests().empty());
}

TEST_CASE("TheStateIsReadThroughTheMappingsWords") {
  std::string word = "working";
  Bench bench([&](const http::Request&) { return status(200, json::print(json::Object{{"state", word}})); });
  auto rest = bench.adapter();
  CHECK(rest.state("4/2")->progress == Progress::in_progress);
  CHECK(bench.erp.requests()[0].path == "/orders/4/2");
  word = "lost";
  CHECK(rest.state("42")->progress == Progress::unknown);
  CHECK(rest.state("42")->text == "lost");
  REQUIRE(rest.close("42"));
  CHECK(bench.erp.requests().back().method == "PATCH");
  CHECK(json::parse(bench.erp.requests().back().body)->find("state")->text()->contains("done"));
  bench.settings.mapping.state.reset();
  CHECK(bench.adapter().state("42").error().kind == ErrorKind::unsupported);
}

}  // namespace
}  // namespace oree::erp

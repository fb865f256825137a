#include "services/erp/double/field_service_double.h"

#include <thread>

#include "platform/http/client.h"
#include "services/erp/double/address.h"
#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

using testing::Service;
using namespace std::chrono_literals;

// Somebody with a token and their own ideas of OData.
class Caller {
 public:
  explicit Caller(const Service& service) : service_(service) {
    const auto answer = client_.call(
        "POST", *http::parse_url(service.erp->token_url()),
        {{"Content-Type", "application/x-www-form-urlencoded"}},
        cat("grant_type=client_credentials&client_id=station&client_secret=a+secret+of+the+stand-in&scope=",
            service.erp->url(), "/.default"),
        {});
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    token_ = *json::parse(answer->body)->find("access_token")->text();
  }
  http::Response call(std::string_view method, std::string_view path, std::string_view body = "",
                      std::vector<http::Header> headers = {}) {
    headers.emplace_back("Authorization", cat("Bearer ", token_));
    headers.emplace_back("OData-Version", "4.0");
    const auto answer = client_.call(
        method, *http::parse_url(cat(service_.erp->url(), "/api/data/v9.2/", path)), headers, body, {});
    REQUIRE(answer);
    return *answer;
  }
  std::string order() const {
    json::Object body{{"msdyn_systemstatus", 690970000},
                      {"msdyn_serviceaccount@odata.bind", cat("/accounts(", service_.records.account, ")")},
                      {"msdyn_pricelist@odata.bind", cat("/pricelevels(", service_.records.price_list, ")")},
                      {"msdyn_workordertype@odata.bind",
                       cat("/msdyn_workordertypes(", service_.records.work_order_type, ")")}};
    return json::print(body);
  }
  // The order with one more member.
  std::string order(std::string_view more) const { return cat("{", more, ",", order().substr(1)); }

 private:
  const Service& service_;
  http::Client client_;
  std::string token_;
};

std::string header(const http::Response& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (iequals(key, name)) return value;
  }
  return "";
}

TEST_CASE("WithoutATokenNobodyIsServed") {
  Service service;
  http::Client client;
  const auto answer = client.call(
      "GET", *http::parse_url(cat(service.erp->url(), "/api/data/v9.2/msdyn_workorders")), {}, "", {});
  REQUIRE(answer);
  CHECK(answer->status == 401);
  CHECK(header(*answer, "WWW-Authenticate").starts_with("Bearer"));
}

TEST_CASE("TheNumberIsTheServicesOwnAndMayNotBeSent") {
  Service service;
  Caller caller(service);
  const auto refused = caller.call("POST", "msdyn_workorders", caller.order(R"j("msdyn_name":"WO-1")j"));
  CHECK(refused.status == 400);
  CHECK(refused.body.contains("msdyn_name"));
  CHECK(service.orders() == 0);
  const auto made = caller.call("POST", "msdyn_workorders", caller.order());
  CHECK(made.status == 204);
  CHECK(header(made, "OData-EntityId").contains("msdyn_workorders("));
  CHECK(service.text("msdyn_name") == "00001");
}

TEST_CASE("AnUnknownFieldIsNamedTheWayDataverseDoes") {
  Service service;
  Caller caller(service);
  const auto refused = caller.call("POST", "msdyn_workorders", caller.order(R"j("msdyn_nothing":1)j"));
  CHECK(refused.status == 400);
  CHECK(refused.body.contains("0x80048d19"));
  CHECK(
      refused.body.contains("Invalid property 'msdyn_nothing' was found in entity "
                            "'Microsoft.Dynamics.CRM.msdyn_workorder'"));
}

TEST_CASE("EachWrongValueIsRefused") {
  Service service;
  Caller caller(service);
  for (const std::string& wrong :
       {std::string(R"j("msdyn_priority":"high")j"),
        std::string(R"j("msdyn_priority@odata.bind":"/accounts(x)")j"),
        std::string(R"j("msdyn_priority@odata.bind":"/msdyn_priorities(x)")j"),
        std::string(R"j("msdyn_workordersummary@odata.bind":"/accounts(x)")j"),
        std::string(R"j("msdyn_timetopromised":"tomorrow")j"), std::string(R"j("msdyn_workordersummary":7)j"),
        cat(R"j("msdyn_workordersummary":")j", std::string(2'001, 'x'), R"j(")j")}) {
    CAPTURE(wrong);
    CHECK(caller.call("POST", "msdyn_workorders", caller.order(wrong)).status == 400);
  }
  const auto gone = caller.call(
      "POST", "msdyn_workorders",
      caller.order(
          R"j("msdyn_priority@odata.bind":"/msdyn_priorities(99999999-0000-4000-8000-000000000099)")j"));
  CHECK(gone.status == 404);
  CHECK(gone.body.contains("0x80040217"));
  CHECK(caller.call("POST", "msdyn_workorders", R"j({"msdyn_systemstatus":690970000})j").status == 400);
  CHECK(caller.call("POST", "msdyn_workorders", R"j({"msdyn_systemstatus":1})j").status == 400);
  CHECK(caller.call("POST", "msdyn_workorders", "[]").status == 400);
  CHECK(caller.call("POST", "msdyn_workorders", "{").status == 400);
  CHECK(service.orders() == 0);
}

TEST_CASE("AnUpsertByKeyMakesThenChanges") {
  Service service;
  Caller caller(service);
  const std::vector<http::Header> back{{"Prefer", "return=representation"}};
  const char* const path = "msdyn_workorders(oree_orderid='mo-1')";
  CHECK(caller.call("PATCH", path, caller.order(), back).status == 201);
  CHECK(caller.call("PATCH", path, R"j({"msdyn_instructions":"mind the cat"})j", back).status == 200);
  CHECK(caller.call("PATCH", path, R"j({"msdyn_instructions":"mind the dog"})j").status == 204);
  CHECK(service.orders() == 1);
  CHECK(service.text("msdyn_instructions") == "mind the dog");
  CHECK(service.text("oree_orderid") == "mo-1");
}

TEST_CASE("ConditionsDecideWhetherItMayBeMadeOrChanged") {
  Service service;
  Caller caller(service);
  const char* const path = "msdyn_workorders(oree_orderid='mo-1')";
  CHECK(caller.call("PATCH", path, caller.order(), {{"If-Match", "*"}}).status == 404);
  CHECK(service.orders() == 0);
  CHECK(caller.call("PATCH", path, caller.order(), {{"If-None-Match", "*"}}).status == 204);
  CHECK(caller.call("PATCH", path, caller.order(), {{"If-None-Match", "*"}}).status == 412);
  const std::string etag = service.text("@odata.etag");
  CHECK(caller.call("PATCH", path, R"j({"msdyn_instructions":"a"})j", {{"If-Match", etag}}).status == 204);
  CHECK(caller.call("PATCH", path, R"j({"msdyn_instructions":"b"})j", {{"If-Match", etag}}).status == 412);
  CHECK(service.text("msdyn_instructions") == "a");
}

TEST_CASE("AnotherKeyOrAForbiddenCharacterInItIsRefused") {
  Service service;
  Caller caller(service);
  CHECK(caller.call("PATCH", "msdyn_workorders(other='mo-1')", caller.order()).body.contains("0x80060891"));
  CHECK(caller.call("PATCH", "msdyn_workorders(oree_orderid='a%2Fb')", caller.order()).status == 400);
  CHECK(caller.call("GET", "accounts").status == 404);
  CHECK(service.orders() == 0);
}

TEST_CASE("AListIsFilteredByTheKey") {
  Service service;
  Caller caller(service);
  for (const char* id : {"mo-1", "mo-2"})
    caller.call("PATCH", cat("msdyn_workorders(oree_orderid='", id, "')"), caller.order());
  const auto all = json::parse(caller.call("GET", "msdyn_workorders").body);
  CHECK(all->find("value")->array()->size() == 2);
  const auto one = json::parse(
      caller.call("GET", "msdyn_workorders?$select=msdyn_name&$filter=oree_orderid%20eq%20'mo-2'").body);
  REQUIRE(one->find("value")->array()->size() == 1);
  const auto& row = one->find("value")->array()->front();
  CHECK(*row.find("msdyn_name")->text() == "00002");
  CHECK(row.find("createdon") == nullptr);
  CHECK(caller.call("GET", "msdyn_workorders?$filter=contains(x,'y')").status == 400);
  CHECK(caller.call("GET", "msdyn_workorders?$filter=nothing%20eq%20'y'").status == 400);
}

TEST_CASE("TheStatusFollowsItsOrder") {
  Service service;
  Caller caller(service);
  caller.call("PATCH", "msdyn_workorders(oree_orderid='mo-1')", caller.order());
  for (const int64_t status : {690970001, 690970000, 690970001, 690970002, 690970003, 690970004})
    CHECK(service.erp->set_status("00001", status));
  for (const int64_t status : {690970000, 690970003, 690970005})
    CHECK_FALSE(service.erp->set_status("00001", status));
  CHECK_FALSE(service.erp->set_status("00009", 690970001));
  const auto refused =
      caller.call("PATCH", "msdyn_workorders(oree_orderid='mo-1')", R"j({"msdyn_systemstatus":690970000})j");
  CHECK(refused.status == 400);
}

TEST_CASE("MoreRequestsThanTheWindowAllowsAreToldWhenToComeBack") {
  Service service([](DoubleOptions& options) { options.most_requests = 2; });
  Caller caller(service);
  CHECK(caller.call("GET", "msdyn_workorders").status == 200);
  service.clock.advance(100s);
  CHECK(caller.call("GET", "msdyn_workorders").status == 200);
  const auto refused = caller.call("GET", "msdyn_workorders");
  CHECK(refused.status == 429);
  CHECK(refused.body.contains("0x80072322"));
  CHECK(header(refused, "Retry-After") == "200");
  service.clock.advance(200s);
  CHECK(caller.call("GET", "msdyn_workorders").status == 200);
  CHECK(caller.call("GET", "msdyn_workorders").status == 429);
}

TEST_CASE("MoreRequestsAtOnceThanAllowedAreRefused") {
  Service service([](DoubleOptions& options) { options.most_at_once = 1; });
  Caller caller(service);
  service.erp->order_fault(Fault::silence_after);
  std::jthread slow([&] {
    Caller other(service);
    other.call("GET", "msdyn_workorders");
  });
  while (service.erp->requests() == 0) std::this_thread::yield();
  const auto refused = caller.call("GET", "msdyn_workorders");
  CHECK(refused.status == 429);
  CHECK(refused.body.contains("0x80072326"));
  service.erp->release();
}

TEST_CASE("WithAFileTheOrdersOutliveTheProcess") {
  files::testing::TempFolder kept;
  const auto with_file = [&](DoubleOptions& options) { options.file = kept.path() / "erp.json"; };
  {
    Service service(with_file);
    Caller caller(service);
    caller.call("PATCH", "msdyn_workorders(oree_orderid='mo-1')", caller.order());
  }
  Service service(with_file);
  CHECK(service.text("oree_orderid") == "mo-1");
  Caller caller(service);
  CHECK(
      caller.call("PATCH", "msdyn_workorders(oree_orderid='mo-1')", "{}", {{"If-None-Match", "*"}}).status ==
      412);
  caller.call("POST", "msdyn_workorders", caller.order());
  CHECK(service.text("msdyn_name", 1) == "00002");
}

TEST_CASE("AFileThatIsNoneStopsTheStart") {
  files::testing::TempFolder kept;
  std::ofstream(kept.path() / "erp.json") << "[]";
  oree::testing::FakeClock clock;
  NullLog log;
  DoubleOptions options;
  options.file = kept.path() / "erp.json";
  const auto started = FieldServiceDouble::start(options, clock, log);
  REQUIRE_FALSE(started);
  CHECK(started.error().kind == ErrorKind::corrupt);
}

TEST_CASE("AddressesAreReadAsODataWritesThem") {
  CHECK(parse_address("accounts")->set == "accounts");
  CHECK(parse_address("accounts(7)")->id == "7");
  CHECK(parse_address("accounts(k='O''Hara')")->value == "O'Hara");
  for (const char* bad :
       {"", "a b", "accounts(", "accounts()", "accounts(k=7)", "accounts(k='a'b')", "accounts(k=')"})
    CHECK_FALSE(parse_address(bad));
  CHECK(parse_filter("a eq 'b'")->quoted);
  CHECK(parse_filter("a eq 7")->value == "7");
  for (const char* bad : {"", "a eq b", "a ne 'b'", "eq 'b'", "a eq 'b' and c eq 'd'"})
    CHECK_FALSE(parse_filter(bad));
}

}  // namespace
}  // namespace oree::erp

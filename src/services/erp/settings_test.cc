#include "services/erp/settings.h"

#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

Result<Settings> read(std::string_view yaml) {
  return parse_settings(config::parse(yaml, "station.yaml").value(), "/etc/oree");
}

constexpr std::string_view kDynamics = R"(
kind: dynamics
url: https://contoso.crm4.dynamics.com/
tenant: 0f0f0f0f-0000-4000-8000-000000000001
client_id: station
secret_file: secrets/dynamics
service_account: 10000000-0000-4000-8000-000000000001
work_order_type: 10000000-0000-4000-8000-000000000002
price_list: 10000000-0000-4000-8000-000000000003
)";

TEST_CASE("TheBlockOfDynamicsIsRead") {
  const auto settings = read(cat(kDynamics, R"(
alert: true
priorities: {urgent: 10000000-0000-4000-8000-000000000004}
assets: {robot-7: 10000000-0000-4000-8000-000000000005}
fields: {new_plant: Lyon, new_line: 3}
deadline: 5s
retry: {first: 1s, longest: 1h}
)"));
  REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().what));
  const auto& dynamics = std::get<DynamicsSettings>(settings->system);
  CHECK(dynamics.dataverse.url == "https://contoso.crm4.dynamics.com");
  CHECK(dynamics.dataverse.token_url ==
        "https://login.microsoftonline.com/0f0f0f0f-0000-4000-8000-000000000001/oauth2/v2.0/token");
  CHECK(dynamics.dataverse.secret_file == "/etc/oree/secrets/dynamics");
  CHECK(dynamics.key == "oree_orderid");
  CHECK(dynamics.alert);
  CHECK(dynamics.assets.at("robot-7") == "10000000-0000-4000-8000-000000000005");
  CHECK(dynamics.fields == json::Object{{"new_plant", "Lyon"}, {"new_line", 3}});
  CHECK(settings->retry.longest == std::chrono::hours(1));
  const oree::testing::FakeClock clock;
  CHECK(make_adapter(*settings, clock)->system() == "dynamics");
}

TEST_CASE("EachMistakeOfTheBlockHasItsPlace") {
  const auto settings = read(R"(kind: dynamics
url: http://erp.example.com
client_id: station
secret_file: s
service_account: acme
price_list: 10000000-0000-4000-8000-000000000003
priorities: {hgih: 10000000-0000-4000-8000-000000000003}
key: "Order Id"
deadline: 1h
retry: {first: 1h, longest: 1s}
asets: {}
)");
  REQUIRE_FALSE(settings);
  const std::string what = settings.error().what;
  CAPTURE(what);
  for (const char* part : {"station.yaml:2:6: erp: 'url' must begin with https://", "'tenant' needs",
                           "'service_account' must be an id", "'work_order_type'", "did you mean 'high'",
                           "'key' must be the logical name", "'deadline' must lie",
                           "'longest' must not be shorter", "did you mean 'assets'"})
    CHECK(what.contains(part));
}

TEST_CASE("ARestErpNamesItsMappingAndMayMoveItsAddress") {
  const auto block = [](std::string_view mapping) {
    return cat("{kind: rest, url: 'https://erp.plant/', mapping: ", OREE_SOURCE_DIR, "/examples/erp/",
               mapping, "}");
  };
  const auto settings = read(block("odoo.yaml"));
  REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().what));
  CHECK(std::get<RestSettings>(settings->system).mapping.url == "https://erp.plant");
  const oree::testing::FakeClock clock;
  CHECK(make_adapter(*settings, clock)->system() == "odoo");
  const auto missing = read(block("nothing.yaml"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().what.contains("nothing.yaml"));
}

TEST_CASE("AnotherKindIsRefused") {
  const auto settings = read("{kind: sap}");
  REQUIRE_FALSE(settings);
  CHECK(settings.error().what.contains("'kind'"));
}

}  // namespace
}  // namespace oree::erp

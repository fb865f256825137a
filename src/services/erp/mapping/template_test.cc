#include "services/erp/mapping/template.h"

#include "services/erp/testing/sample.h"

namespace oree::erp {
namespace {

using testing::sample;

const Tables& tables() {
  static const Tables kTables{{"machines", {{"robot-7", 12}, {"*", nullptr}}}, {"closed", {{"a", 1}}}};
  return kTables;
}

json::Value root() {
  return json::Object{
      {"order", work_order_json(sample())}, {"number", "7"}, {"secret", json::Object{{"key", "s3cret"}}}};
}

Result<Template> read(std::string_view yaml) {
  static const std::vector<std::string> kSecrets{"key"};
  const auto node = config::parse(yaml, "erp.yaml");
  REQUIRE(node);
  return Template::read(*node, {.tables = &tables(), .secrets = &kSecrets, .number = true, .secret = true});
}

std::string filled(std::string_view yaml) {
  const auto found = read(yaml);
  REQUIRE_MESSAGE(found, (found ? "" : found.error().what));
  const json::Value values = root();
  const auto value = found->fill({values});
  return value ? json::print(*value) : value.error().what;
}

std::string refused(std::string_view yaml) {
  const auto found = read(yaml);
  REQUIRE_FALSE(found);
  return found.error().what;
}

TEST_CASE("APlaceholderAloneKeepsItsTypeAndOneAmongTextBecomesText") {
  CHECK(filled(R"({a: "{{order.cause.score}}"})") == R"({"a":7.25})");
  CHECK(filled(R"({a: "score {{ order.cause.score }}!"})") == R"({"a":"score 7.25!"})");
  CHECK(filled(R"({a: "{{order.proof}}", b: "{{order.proof}}{{number}}"})") ==
        R"({"a":{"kind":"embedded","index":12},"b":"{\"kind\":\"embedded\",\"index\":12}7"})");
  CHECK(filled(R"(["{{order.cause.nothing}}", "<{{order.cause.nothing}}>"])") == R"([null,"<>"])");
}

TEST_CASE("ConstantsKeepWhatTheyLookLikeUnlessQuoted") {
  CHECK(filled(R"([7, "7", 1.5, true, "true", null, no, 1e999, inf, -3])") ==
        R"([7,"7",1.5,true,"true",null,"no","1e999","inf",-3])");
}

TEST_CASE("AListHasOneItemForEachElement") {
  CHECK(filled(R"({$each: order.tasks, $item: {code: "{{item.id}}", of: "{{order.id}}"}})") ==
        R"([{"code":"t1","of":"mo-1"},{"code":"t/2","of":"mo-1"}])");
  CHECK(filled(R"({$each: order.cause.nothing, $item: 1})") == "[]");
  CHECK(filled(R"({$each: order.asset, $item: 1})").contains("order.asset is no list"));
}

TEST_CASE("FiltersMapCutAndSpeakOfTime") {
  CHECK(filled(R"("{{order.asset | map machines}}")") == "12");
  CHECK(filled(R"("{{order.fault | map machines}}")") == "null");
  CHECK(filled(R"("{{order.asset | map closed}}")").contains("map 'closed' has no entry for 'robot-7'"));
  CHECK(filled(R"("{{order.due | date}}")") == R"("2026-03-02")");
  CHECK(filled(R"("{{order.due | datetime}}")") == R"("2026-03-02 08:00:00")");
  CHECK(filled(R"("{{order.due | ms}}")") == "1772438400000");
  CHECK(filled(R"("{{order.asset | ms}}")").contains("is no time"));
  CHECK(filled(R"("{{order.cause.score | text}}")") == R"("7.25")");
  CHECK(filled(R"("{{number | number}}")") == "7");
  CHECK(filled(R"("{{order.asset | number}}")").contains("is no number"));
  CHECK(filled(R"("{{order.tasks | json | cut 8}}")") == R"("[{\"id\":\"")");
}

TEST_CASE("AMistakeIsNamedWithItsPlaceAndWhatWasMeant") {
  CHECK(refused(R"({a: "{{order.aset}}"})") == "erp.yaml:1:5: an order has no 'aset'; did you mean 'asset'?");
  CHECK(refused(R"("{{ordr.asset}}")").contains("did you mean 'order'"));
  CHECK(refused(R"("{{item.id}}")").contains("inside $item only"));
  CHECK(refused(R"("{{secret.kex}}")").contains("did you mean 'key'"));
  CHECK(refused(R"("{{secret}}")").contains("secret.name"));
  CHECK(refused(R"("{{order.asset")").contains("without '}}'"));
  CHECK(refused(R"("{{}}")").contains("names nothing"));
  CHECK(refused(R"("{{order..id}}")").contains("names nothing"));
  CHECK(refused(R"("{{order.id | map nothing}}")").contains("'maps' has no 'nothing'"));
  CHECK(refused(R"("{{order.id | shout}}")").contains("'shout' is none of"));
  CHECK(refused(R"("{{order.id | cut x}}")").contains("needs a number"));
  CHECK(refused(R"({$each: order.tasks})").contains("$each and $item"));
  CHECK(refused(R"({$each: [1], $item: 1})").contains("order.tasks"));
}

TEST_CASE("AnAddressIsEscapedAndHoldsNoSecret") {
  const auto node = config::parse(R"("/o/{{order.tasks.1.id}}?q='{{order.summary}}'")", "erp.yaml");
  const Names names{.tables = nullptr, .secrets = nullptr, .number = true, .secret = false};
  const auto text = TextTemplate::read(*node, names);
  REQUIRE(text);
  const json::Value values = root();
  CHECK(*text->fill({values}, TextTemplate::Escape::address) ==
        "/o/t%2F2?q='Axis%203%20of%20robot-7%20wears%20out'");
  const auto secret = TextTemplate::read(*config::parse(R"("/{{secret.key}}")", "erp.yaml"), names);
  REQUIRE_FALSE(secret);
  CHECK(secret.error().what.contains("logs"));
}

}  // namespace
}  // namespace oree::erp

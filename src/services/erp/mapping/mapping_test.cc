#include "services/erp/mapping/mapping.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace oree::erp {
namespace {

Result<Mapping> read(std::string_view yaml) {
  return parse_mapping(config::parse(yaml, "erp.yaml").value(), "/etc/oree");
}

TEST_CASE("EachExampleIsRead") {
  for (const char* name : {"odoo", "oracle", "plain"}) {
    const std::string file = cat(OREE_SOURCE_DIR, "/examples/erp/", name, ".yaml");
    const auto node = config::load(file);
    REQUIRE_MESSAGE(node, (node ? "" : node.error().what));
    const auto mapping = parse_mapping(*node, "/etc/oree");
    REQUIRE_MESSAGE(mapping, (mapping ? "" : mapping.error().what));
    CHECK(mapping->system == name);
    CHECK(mapping->state);
    CHECK(mapping->close);
    CHECK(mapping->cancel);
  }
}

TEST_CASE("SecretsAreFilesBesideTheMapping") {
  const auto mapping = read(R"(
system: a
url: https://a/
secrets: {one: secrets/one, two: /run/two}
idempotency_header: Key
create: {url: /o, number: /n, body: "{{secret.one}}"}
)");
  REQUIRE_MESSAGE(mapping, (mapping ? "" : mapping.error().what));
  CHECK(mapping->url == "https://a");
  CHECK(mapping->secrets[0].file == "/etc/oree/secrets/one");
  CHECK(mapping->secrets[1].file == "/run/two");
}

TEST_CASE("AMappingThatCouldMakeTwoOrdersIsRefused") {
  const auto mapping = read("{system: a, url: 'https://a', create: {url: /o, number: /n}}");
  REQUIRE_FALSE(mapping);
  CHECK(mapping.error().what.contains("makes a second order"));
}

TEST_CASE("AllMistakesAreNamedWithTheirPlaces") {
  const auto mapping = read(R"(
system: a
url: ftp://a
idempotency_header: Key
status: {done: [200, 99]}
create:
  url: /o
  number: n
  body: {x: "{{order.aset}}"}
state: {url: "/{{number}}", at: /s, words: {a: sleeping}}
close: {method: SEND, url: "/{{secret.x}}"}
nothing: 1
)");
  REQUIRE_FALSE(mapping);
  const std::string what = mapping.error().what;
  for (const char* part : {"erp.yaml:3:", "409 or 500-599", "JSON pointer", "did you mean 'asset'",
                           "'sleeping'", "'method'", "logs", "'nothing'"}) {
    CAPTURE(what);
    CHECK(what.contains(part));
  }
}

TEST_CASE("TheTableOfStatusesDecides") {
  const StatusTable usual;
  CHECK(usual.verdict(201) == Verdict::done);
  CHECK(usual.verdict(503) == Verdict::again);
  CHECK(usual.verdict(429) == Verdict::again);
  CHECK(usual.verdict(409) == Verdict::refuse);
  CHECK(usual.verdict(302) == Verdict::refuse);
  const StatusTable own{
      .done = {{200, 200}}, .exists = {{409, 409}}, .again = {{500, 599}}, .refuse = {{501, 501}}};
  CHECK(own.verdict(201) == Verdict::refuse);
  CHECK(own.verdict(409) == Verdict::exists);
  CHECK(own.verdict(501) == Verdict::refuse);
  CHECK(own.verdict(502) == Verdict::again);
}

}  // namespace
}  // namespace oree::erp

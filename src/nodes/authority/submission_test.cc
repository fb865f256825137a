#include "nodes/authority/submission.h"

#include <doctest/doctest.h>

#include "nodes/authority/settings.h"
#include "platform/json/value.h"
#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::authority;
using namespace oree::approvals::testing;

namespace {

json::Value sample_body() {
  const auto signed_text = *sign(proposal(), key(1));
  return json::Object{{"proposal", signed_text.text},
                      {"signature", signed_text.signature},
                      {"key", key(1).public_key().base64()},
                      {"evidence_url", "http://127.0.0.1:8000/api/v1/orders/order-1/evidence"}};
}

}  // namespace

TEST_CASE("ASubmissionIsReadAndItsSenderChecked") {
  const auto submission = parse_submission(json::print(sample_body()));
  REQUIRE(submission);
  CHECK(submission->proposal == proposal());
  approvals::Rules rules;
  CHECK(check_sender(*submission, rules).error().kind == ErrorKind::denied);
  rules.stations.push_back({"line-1", key(1).public_key(), "http://127.0.0.1:8000"});
  CHECK(check_sender(*submission, rules));
  rules.stations[0].address = "http://127.0.0.1:800";
  CHECK(!check_sender(*submission, rules));
}

TEST_CASE("WhatIsNoSubmissionIsInvalid") {
  const auto with = [](std::string_view field, json::Value value) {
    auto body = sample_body();
    body.set(field, std::move(value));
    const auto submission = parse_submission(json::print(body));
    REQUIRE(!submission);
    CHECK(submission.error().kind == ErrorKind::invalid);
  };
  with("proposal", "x");
  with("proposal", 5);
  with("proposal", std::string(5000, 'x'));
  with("signature", "");
  with("key", "AAAA");
  with("evidence_url", nullptr);
  with("evidence_url", "ftp://127.0.0.1/evidence");
  with("evidence_url", "http://127.0.0.1/evidence?x=1");
  with("evidence_url", "http://127.0.0.1/evidence/");
  with("evidence_url", "http://user:password@127.0.0.1/evidence");
  CHECK(!parse_submission("[]"));
  CHECK(!parse_submission(""));
}

TEST_CASE("SettingsAreReadAndMistakesNamed") {
  const std::string head =
      cat("authority: maker\nstations:\n  - {name: line-1, key: \"", key(1).public_key().base64(), "\"}\n");
  const auto settings = parse_settings(
      head + "listen: \"[::1]:8102\"\nanswer_within: 3s\nmax_evidence: 1MiB\n", "authority.yaml");
  REQUIRE(settings);
  CHECK(settings->address == "::1");
  CHECK(settings->port == 8102);
  CHECK(settings->answer_within == std::chrono::seconds(3));
  CHECK(settings->limits.total_bytes == 1 << 20);
  for (const auto* more : {"listen: nowhere\n", "people: [{name: rules, token_sha256: x}]\n", "people: {}\n",
                           "max_evidence: 1GiB\n", "answer_within: 5min\n", "lisen: 1\n"}) {
    CAPTURE(more);
    CHECK(!parse_settings(head + more, "authority.yaml"));
  }
}

TEST_CASE("TheExamplesAreSettings") {
  for (const auto* name : {"factory", "maker", "safety"}) {
    const auto settings = load_settings(cat(OREE_SOURCE_DIR, "/examples/authorities/", name, ".yaml"));
    REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().what));
    CHECK(settings->rules.authority == name);
    CHECK(settings->rules.stations.size() == 1);
  }
}

TEST_CASE("TheChainIsReadWithItsKeyBesideTheFile") {
  const std::string head =
      cat("authority: maker\nstations:\n  - {name: line-1, key: \"", key(1).public_key().base64(), "\"}\n");
  const std::string contract = "\"0x00000000000000000000000000000000000000aa\"";
  const auto with = [&](const std::string& chain) {
    return parse_settings(cat(head, "ethereum: {", chain, "}\n"), "/etc/oree/authority.yaml");
  };
  const auto settings =
      with(cat("rpc: \"http://127.0.0.1:8545\", chain_id: 1337, key: eth.key, contract: ", contract));
  REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().what));
  CHECK(settings->chain->key_file == "/etc/oree/eth.key");
  CHECK(settings->chain->chain_id == 1337);
  CHECK(!with(cat("rpc: nowhere, chain_id: 1337, key: eth.key, contract: ", contract)));
  CHECK(!with(cat("rpc: \"http://127.0.0.1:8545\", key: eth.key, contract: ", contract)));
  CHECK(!with("rpc: \"http://127.0.0.1:8545\", chain_id: 1, key: eth.key, contract: \"0xzz\""));
}

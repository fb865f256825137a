#include "services/approvals/statement.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::approvals;
using namespace oree::approvals::testing;

namespace {

constexpr std::string_view kText =
    "oree/proposal/v1\n"
    "order 019ab2-7\n"
    "station line-1\n"
    "asset Presse n° 4\n"
    "fault wear\n"
    "evidence 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"
    "model -\n"
    "score 0.10000000000000001\n"
    "threshold 3\n"
    "cost 100000.5 EUR\n"
    "priority urgent\n"
    "created 1700000000000\n"
    "expires 1700000900000\n"
    "quorum 2 3\n";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kText);
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("AProposalIsReadAndPrintedByteForByte") {
  const auto p = parse_proposal(kText);
  REQUIRE(p);
  CHECK(p->asset == "Presse n° 4");
  CHECK(p->model.empty());
  CHECK(p->score == 0.1);
  CHECK(p->cost == 100000.5);
  CHECK(p->needed == 2);
  CHECK(print(*p) == std::string(kText));
}

TEST_CASE("ATextInAnyOtherFormIsNoProposal") {
  const std::vector<std::pair<std::string_view, std::string_view>> changes{
      {"oree/proposal/v1\n", "oree/proposal/v2\n"},
      {"oree/proposal/v1\n", "oree/proposal/v1\r\n"},
      {"order 019ab2-7\n", ""},
      {"order 019ab2-7", "order  019ab2-7"},
      {"order 019ab2-7", "order a/b"},
      {"order 019ab2-7", "order "},
      {"station line-1\nasset Presse n° 4\n", "asset Presse n° 4\nstation line-1\n"},
      {"Presse n° 4", "Presse 100% 4"},
      {"Presse n° 4", "Presse\t4"},
      {"Presse n° 4", "Presse \xE2\x80\xAE 4"},
      {"Presse n° 4", "Presse \xC3"},
      {"9f86", "9F86"},
      {"9f86", "9f8"},
      {"0.10000000000000001", "0.1"},
      {"0.10000000000000001", "nan"},
      {"threshold 3", "threshold +3"},
      {"threshold 3", "threshold 3.0"},
      {"100000.5 EUR", "1.000005e5 EUR"},
      {"100000.5 EUR", "-1 EUR"},
      {"100000.5 EUR", "-0 EUR"},
      {"100000.5 EUR", "100000.5  EUR"},
      {"100000.5 EUR", "100000.5 eur"},
      {"100000.5 EUR", "2000000000000 EUR"},
      {"priority urgent", "priority Urgent"},
      {"created 1700000000000", "created 01700000000000"},
      {"created 1700000000000", "created -1"},
      {"expires 1700000900000", "expires 1700000000000"},
      {"quorum 2 3", "quorum 0 3"},
      {"quorum 2 3", "quorum 4 3"},
      {"quorum 2 3", "quorum 2 3 "},
      {"quorum 2 3", "quorum 2 101"},
      {"quorum 2 3\n", "quorum 2 3"},
      {"quorum 2 3\n", "quorum 2 3\n\n"},
      {"quorum 2 3\n", "quorum 2 3\norder 019ab2-7\n"},
  };
  for (const auto& [from, to] : changes) {
    CAPTURE(from);
    CAPTURE(to);
    const auto p = parse_proposal(replaced(from, to));
    REQUIRE(!p);
    CHECK(p.error().kind == ErrorKind::invalid);
  }
  CHECK(!parse_proposal(""));
  CHECK(!parse_proposal(replaced("Presse n° 4", std::string(5000, 'a'))));
}

TEST_CASE("WhatHasNoFormInTheTextIsNotPrinted") {
  Proposal good = proposal();
  REQUIRE(print(good));
  const auto refused = [&](auto change) {
    Proposal p = good;
    change(p);
    CHECK(!print(p));
  };
  refused([](Proposal& p) { p.asset = "robot\nfault none"; });
  refused([](Proposal& p) { p.asset = ""; });
  refused([](Proposal& p) { p.model = "-"; });
  refused([](Proposal& p) { p.score = std::nan(""); });
  refused([](Proposal& p) { p.threshold = std::numeric_limits<double>::infinity(); });
  refused([](Proposal& p) { p.cost = -1; });
  refused([](Proposal& p) { p.of = 1; });
}

TEST_CASE("NumbersComeBackExactly") {
  for (const double value : {0.0, 1e-300, 1.0 / 3, 12345678.901, 5e-324, 1.7976931348623157e308, -2.5}) {
    Proposal p = proposal();
    p.score = value;
    const auto text = print(p);
    REQUIRE(text);
    CHECK(parse_proposal(*text)->score == value);
  }
  Proposal p = proposal();
  p.cost = 100000;
  CHECK(print(p)->find("cost 100000 EUR\n") != std::string::npos);
}

TEST_CASE("ADecisionIsReadAndPrintedByteForByte") {
  const std::string text =
      cat("oree/decision/v1\nauthority safety\norder order-1\nproposal ", digest_of("x").hex(),
          "\ndecision refuse\ncode person\nby Ada Lovelace\nat 12\n");
  const auto d = parse_decision(text);
  REQUIRE(d);
  CHECK(d->verdict == Verdict::refuse);
  CHECK(d->by == "Ada Lovelace");
  CHECK(print(*d) == text);
  CHECK(!parse_decision(text + "\n"));
  CHECK(!parse_decision("x" + text));
  std::string other = text;
  CHECK(!parse_decision(other.replace(other.find("refuse"), 6, "pending")));
}

TEST_CASE("ASignatureHoldsForItsTextAndItsKeyOnly") {
  auto signed_text = sign(proposal(), key(1));
  REQUIRE(signed_text);
  CHECK(check_signature(*signed_text, key(1).public_key()));
  CHECK(check_signature(*signed_text, key(2).public_key()).error().kind == ErrorKind::denied);
  Signed changed = *signed_text;
  changed.text.replace(changed.text.find("cost 1200"), 9, "cost 9200");
  CHECK(!check_signature(changed, key(1).public_key()));
  changed = *signed_text;
  changed.signature = "AAAA";
  CHECK(!check_signature(changed, key(1).public_key()));
  changed.signature = "no base64!";
  CHECK(!check_signature(changed, key(1).public_key()));
}

TEST_CASE("APersonIsNoRule") {
  CHECK(is_person("Ada Lovelace"));
  CHECK(!is_person("rules"));
  CHECK(!is_person("Rules"));
  CHECK(!is_person(" rules"));
  CHECK(!is_person(""));
  CHECK(!is_person("Ada\nat 5"));
}

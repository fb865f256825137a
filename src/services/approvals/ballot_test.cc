#include "services/approvals/ballot.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "services/approvals/testing/sample.h"

using namespace oree;
using namespace oree::approvals;
using namespace oree::approvals::testing;
using Way = Counted::Way;

namespace {

const std::vector<std::string> kNames{"factory", "maker", "safety"};

struct Fixture {
  Proposal p = proposal();
  Ballot ballot = open();

  Ballot open() {
    std::vector<Elector> electors;
    for (int i = 0; i < 3; ++i) electors.push_back({kNames[static_cast<size_t>(i)], key(i + 1).public_key()});
    return *Ballot::open(*print(p), electors);
  }
  // Signed by the key of the authority with this number.
  Signed vote(int number, Verdict verdict, const Proposal& about, int64_t at = kNow) {
    return *sign(decision(about, kNames[static_cast<size_t>(number)], verdict, at), key(number + 1));
  }
  Signed approve(int number) { return vote(number, Verdict::approve, p); }
  Signed refuse(int number) { return vote(number, Verdict::refuse, p); }
  Counted add(int number, const Signed& answer, int64_t now = kNow) {
    return ballot.add(kNames[static_cast<size_t>(number)], answer, wall(now));
  }
  Standing standing(int64_t now = kNow) { return ballot.standing(wall(now)); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "TwoOfThreeApprove") {
  CHECK(add(0, approve(0)).way == Way::counted);
  CHECK(standing() == Standing::waiting);
  CHECK(add(2, approve(2)).way == Way::counted);
  CHECK(standing() == Standing::approved);
  CHECK(add(1, refuse(1)).way == Way::counted);
  CHECK(standing() == Standing::approved);
  CHECK(standing(p.expires + 1) == Standing::approved);
  CHECK(ballot.approvals() == 2);
  CHECK(ballot.suspects().empty());
}

TEST_CASE_FIXTURE(Fixture, "TwoRefusalsOfThreeEndIt") {
  add(0, refuse(0));
  CHECK(standing() == Standing::waiting);
  add(1, refuse(1));
  CHECK(standing() == Standing::refused);
  add(2, approve(2));
  CHECK(standing() == Standing::refused);
}

TEST_CASE_FIXTURE(Fixture, "AReplayedApprovalCountsOnce") {
  add(0, approve(0));
  CHECK(add(0, approve(0)).way == Way::repeated);
  CHECK(add(0, vote(0, Verdict::approve, p, kNow + 5)).way == Way::repeated);
  CHECK(ballot.approvals() == 1);
  // The same text as if another had sent it.
  CHECK(add(1, approve(0)).code == "bad_signature");
  CHECK(standing() == Standing::waiting);
}

TEST_CASE_FIXTURE(Fixture, "AForgedApprovalIsNotCountedAndItsSenderNamed") {
  Signed forged = approve(1);
  forged.signature = approve(0).signature;
  const auto counted = add(1, forged);
  CHECK(counted.way == Way::rejected);
  CHECK(counted.code == "bad_signature");
  Signed turned = refuse(1);
  turned.text.replace(turned.text.find("decision refuse"), 15, "decision approve");
  CHECK(add(1, turned).code == "bad_signature");
  CHECK(add(1, {"rubbish", "AAAA"}).code == "malformed");
  CHECK(ballot.add("nobody", approve(1), wall(kNow)).code == "unknown_authority");
  CHECK(ballot.approvals() == 0);
  REQUIRE(ballot.suspects().size() == 3);
  CHECK(ballot.suspects()[0].name == "maker");
  CHECK(!ballot.suspects()[0].lied);
  // What somebody forged on the way does not cost the authority its vote.
  CHECK(add(1, approve(1)).way == Way::counted);
}

TEST_CASE_FIXTURE(Fixture, "AnApprovalOfAnotherOrderOrProposalIsNotCounted") {
  Proposal other = p;
  other.order = "order-2";
  CHECK(add(0, vote(0, Verdict::approve, other)).code == "other_order");
  other = p;
  other.cost = 1;
  const auto counted = add(0, vote(0, Verdict::approve, other));
  CHECK(counted.code == "other_proposal");
  CHECK(counted.way == Way::lie);
  CHECK(ballot.approvals() == 0);
}

TEST_CASE_FIXTURE(Fixture, "AnAuthorityThatSignsForAnotherLies") {
  const Signed usurped = *sign(decision(p, "maker", Verdict::approve), key(1));
  const auto counted = add(0, usurped);
  CHECK(counted.way == Way::lie);
  CHECK(counted.code == "other_authority");
}

TEST_CASE_FIXTURE(Fixture, "AnAuthorityThatContradictsItselfIsOut") {
  add(0, approve(0));
  const auto counted = add(0, refuse(0));
  CHECK(counted.way == Way::lie);
  CHECK(counted.code == "contradiction");
  CHECK(ballot.approvals() == 0);
  CHECK(ballot.refusals() == 0);
  CHECK(add(0, approve(0)).way == Way::lie);
  REQUIRE(ballot.suspects().size() == 1);
  CHECK(ballot.suspects()[0].lied);
  CHECK(check_signature(ballot.suspects()[0].text, key(1).public_key()));
  // Two of three are still to be had, by the two others; without one of them no more.
  CHECK(standing() == Standing::waiting);
  add(1, refuse(1));
  CHECK(standing() == Standing::refused);
}

TEST_CASE_FIXTURE(Fixture, "WhatWasApprovedStaysSoWhenOneContradictsItselfLater") {
  add(0, approve(0));
  add(1, approve(1));
  CHECK(add(0, refuse(0)).way == Way::lie);
  CHECK(standing() == Standing::approved);
  CHECK(ballot.votes().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "ALateApprovalDoesNotCount") {
  CHECK(add(0, approve(0), p.expires + 1).way == Way::late);
  CHECK(add(1, vote(1, Verdict::approve, p, p.expires + 60'000), kNow).code == "from_the_future");
  CHECK(add(1, vote(1, Verdict::approve, p, p.expires + 60'000), p.expires + 60'000).way == Way::late);
  CHECK(standing() == Standing::waiting);
  CHECK(standing(p.expires + 1) == Standing::expired);
  CHECK(ballot.approvals() == 0);
}

TEST_CASE_FIXTURE(Fixture, "AnswersMayComeInAnyOrder") {
  const std::vector<Signed> answers{approve(0), refuse(1), approve(2)};
  std::vector<int> order{0, 1, 2};
  do {
    ballot = open();
    for (const int i : order) CHECK(add(i, answers[static_cast<size_t>(i)]).way == Way::counted);
    CHECK(standing() == Standing::approved);
    CHECK(ballot.votes()[0].elector.name == "factory");
    CHECK(ballot.votes()[1].decision.verdict == Verdict::refuse);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE_FIXTURE(Fixture, "TheDecisionsFileHoldsWhatVerifies") {
  add(2, approve(2));
  add(0, approve(0));
  const auto file = json::parse(ballot.decisions_file());
  REQUIRE(file);
  REQUIRE(file->array()->size() == 2);
  for (const auto& one : *file->array()) {
    const auto whose = crypto::parse_public_key(*one.find("key")->text());
    REQUIRE(whose);
    CHECK(check_signature({*one.find("statement")->text(), *one.find("signature")->text()}, *whose));
  }
}

TEST_CASE("ABallotWhereOneKeyCouldVoteTwiceIsNotOpened") {
  Proposal p = proposal();
  const std::string text = *print(p);
  const Elector a{"factory", key(1).public_key()}, b{"maker", key(2).public_key()};
  CHECK(Ballot::open(text, {a, b, {"safety", key(3).public_key()}}));
  CHECK(!Ballot::open(text, {a, b, {"safety", key(1).public_key()}}));
  CHECK(!Ballot::open(text, {a, b, {"maker", key(3).public_key()}}));
  CHECK(!Ballot::open(text, {a, b}));
  CHECK(!Ballot::open("no proposal", {a, b}));
}

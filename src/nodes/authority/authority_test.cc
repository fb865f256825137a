#include "nodes/authority/authority.h"

#include <doctest/doctest.h>

#include <fstream>
#include <latch>
#include <thread>

#include "core/ledger/witness/request.h"
#include "nodes/authority/testing/town.h"

using namespace oree;
using namespace oree::authority;
using namespace oree::authority::testing;

namespace {

bool eventually(const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE_FIXTURE(Town, "ASoundProposalIsApprovedWithASignature") {
  start();
  const Proposal p = proposed();
  const Answer answer = propose(p);
  REQUIRE(answer.status == 200);
  const auto decision = verified(answer, p);
  CHECK(decision.verdict == approvals::Verdict::approve);
  CHECK(decision.code == "ok");
  CHECK(decision.by == "rules");
  CHECK(decision.at == kNow);
  CHECK(station.asked() == 5);  // the manifest and its four parts
}

TEST_CASE_FIXTURE(Town, "TheSameProposalAgainHasTheSameAnswerAlsoAfterARestart") {
  settings = with("score: {minimum: 9}\n");
  start();
  const Proposal p = proposed();
  const std::string first = propose(p).raw;
  clock.advance(std::chrono::seconds(5));
  CHECK(propose(p).raw == first);
  settings = with("");  // other rules do not change what was said
  restart();
  CHECK(propose(p).raw == first);
  CHECK(look(p.order).raw == first);
  CHECK(look(p.order).text("code") == "score_below_limit");
  clock.advance(std::chrono::hours(48));
  CHECK(look(p.order).raw == first);
}

TEST_CASE_FIXTURE(Town, "AChangedProposalUnderAKnownIdIsAConflict") {
  start();
  Proposal p = proposed();
  REQUIRE(propose(p).status == 200);
  p.cost = 1;
  CHECK(propose(p).status == 409);
  CHECK(look(p.order).text("status") == "approve");
}

TEST_CASE_FIXTURE(Town, "AnUnknownStationAndAForgedProposalAreTurnedAway") {
  start();
  Proposal p = proposed();
  CHECK(propose(p, 2).status == 403);
  auto forged = *sign(p, key(1));
  forged.text.replace(forged.text.find("cost 1200"), 9, "cost 1201");
  const auto url = station.evidence_url(p.order);
  CHECK(call("POST", "/api/v1/proposals", body_of(forged, key(1).public_key(), url)).status == 403);
  // A known station in another's name.
  p.station = "line-2";
  CHECK(propose(p).status == 403);
  CHECK(call("POST", "/api/v1/proposals", "{}").status == 400);
  CHECK(call("POST", "/api/v1/proposals", "rubbish").status == 400);
  CHECK(look(p.order).status == 404);
  CHECK(station.asked() == 0);
}

TEST_CASE_FIXTURE(Town, "EvidenceIsFetchedFromTheStationsOwnAddressOnly") {
  settings.rules.stations[0].address = station.address();
  start();
  const Proposal p = proposed();
  const auto signed_text = *sign(p, key(1));
  for (const auto* url : {"http://127.0.0.1:1/evidence", "http://127.0.0.1.example.org/evidence"})
    CHECK(call("POST", "/api/v1/proposals", body_of(signed_text, key(1).public_key(), url)).status == 403);
  CHECK(propose(p).text("status") == "approve");
}

TEST_CASE_FIXTURE(Town, "AnExpiredProposalIsRefused") {
  start();
  const Proposal p = proposed();
  clock.jump(std::chrono::hours(1));
  const Answer answer = propose(p);
  CHECK(answer.status == 422);
  CHECK(verified(answer, p).code == "expired");
  CHECK(station.asked() == 0);
  CHECK(propose(p).raw == answer.raw);
}

TEST_CASE_FIXTURE(Town, "EvidenceAlteredOnDiskIsRefused") {
  station.alter("onnx");
  start();
  const Proposal p = proposed();
  const Answer answer = propose(p);
  CHECK(verified(answer, p).code == "evidence_altered");
  CHECK(answer.text("reason").find("model/model.onnx") != std::string::npos);
}

TEST_CASE_FIXTURE(Town, "EvidenceThatTheStationItselfFoundAlteredIsRefusedAtOnce") {
  station.answer(410);
  start();
  const Proposal p = proposed();
  CHECK(verified(propose(p), p).code == "evidence_altered");
  CHECK(station.asked() == 1);
}

TEST_CASE_FIXTURE(Town, "ARedirectIsNotFollowed") {
  station.answer(302);
  start();
  const Proposal p = proposed();
  CHECK(verified(propose(p), p).code == "evidence_missing");
  CHECK(station.asked() == 1);
}

TEST_CASE_FIXTURE(Town, "AStationThatIsAwayIsAskedAgainUntilItIsBack") {
  station.answer(503);
  start();
  const Proposal p = proposed();
  Answer answer = propose(p);
  CHECK(answer.status == 200);
  CHECK(answer.text("status") == "pending");
  CHECK(answer.body.find("statement")->is_null());
  CHECK(answer.text("reason").find("503") != std::string::npos);
  station.answer(200);
  clock.advance(std::chrono::minutes(1));
  CHECK(eventually([&] { return look(p.order).text("status") == "approve"; }));
}

TEST_CASE_FIXTURE(Town, "WhatIsUnderWayIsTakenUpAfterARestart") {
  station.answer(503);
  start();
  const Proposal p = proposed();
  CHECK(propose(p).text("status") == "pending");
  authority.reset();
  station.answer(200);
  start();
  CHECK(eventually([&] { return look(p.order).text("status") == "approve"; }));
}

TEST_CASE_FIXTURE(Town, "AStationThatStallsHoldsUpNobodyElse") {
  Station other;
  settings = parse_settings(cat("authority: safety\nlisten: 127.0.0.1:0\nanswer_within: 0s\n"
                                "fetch_deadline: 300ms\nstations:\n  - {name: line-1, key: \"",
                                key(1).public_key().base64(), "\"}\n  - {name: line-2, key: \"",
                                key(2).public_key().base64(), "\"}\n"),
                            "authority.yaml")
                 .value();
  settings.fetchers = 2;
  station.stall();
  start();
  const Proposal slow = proposed("slow-1");
  CHECK(propose(slow).text("status") == "pending");
  CHECK(propose(proposed("slow-2")).text("status") == "pending");
  Proposal quick = proposed("quick");
  quick.station = "line-2";
  const auto signed_text = *sign(quick, key(2));
  call("POST", "/api/v1/proposals",
       body_of(signed_text, key(2).public_key(), other.evidence_url(quick.order)));
  CHECK(eventually([&] { return look("quick").text("status") == "approve"; }));
  CHECK(look("slow-1").text("status") == "pending");
  station.let_go();
  CHECK(eventually([&] { return propose(slow).text("status") == "approve"; }));
}

TEST_CASE_FIXTURE(Town, "APersonDecidesWhatTheRulesLeaveOpen") {
  settings = with("when_met: ask\n");
  start();
  const Proposal p = proposed();
  CHECK(propose(p).text("status") == "pending");
  CHECK(look(p.order).text("stage") == "asking");
  CHECK(person(p.order, "maybe").status == 400);
  CHECK(person(p.order, "approve", "rules").status == 400);
  CHECK(person("nothing", "approve").status == 404);
  const Answer answer = person(p.order, "approve");
  REQUIRE(answer.status == 200);
  const auto decision = verified(answer, p);
  CHECK(decision.by == "Ada");
  CHECK(decision.code == "person");
  CHECK(person(p.order, "approve").raw == answer.raw);
  CHECK(person(p.order, "refuse").status == 409);
  CHECK(person(p.order, "approve", "Bob").status == 409);
  restart();
  CHECK(propose(p).raw == answer.raw);
}

TEST_CASE_FIXTURE(Town, "NobodyApprovesEvidenceThatWasNotVerified") {
  station.answer(503);
  start();
  const Proposal p = proposed();
  propose(p);
  CHECK(person(p.order, "approve").status == 409);
  CHECK(look(p.order).text("status") == "pending");
  CHECK(verified(person(p.order, "refuse"), p).verdict == approvals::Verdict::refuse);
}

TEST_CASE_FIXTURE(Town, "WhatAPersonLeavesLyingExpires") {
  settings = with("when_met: ask\n");
  start();
  const Proposal p = proposed(), q = proposed("order-2");
  propose(p);
  propose(q);
  clock.advance(std::chrono::hours(1));
  CHECK(verified(person(p.order, "approve"), p).code == "expired");
  CHECK(eventually([&] {
    const Answer all = call("GET", "/api/v1/proposals");
    return all.body.find("asking")->integer() == 0 && all.body.find("refused")->integer() == 2;
  }));
  CHECK(verified(look(q.order), q).code == "expired");
}

TEST_CASE_FIXTURE(Town, "OnlyPeopleOfTheSettingsDecide") {
  settings = with(cat("when_met: ask\npeople:\n  - {name: Ada, token_sha256: ",
                      approvals::digest_of("ada's secret").hex(), "}\n"));
  start();
  const Proposal p = proposed();
  propose(p);
  const auto decide = [&](std::vector<http::Header> headers) {
    return call("POST", "/api/v1/proposals/order-1/decision", R"({"decision":"approve","by":"Bob"})",
                headers);
  };
  const http::Header kJson{"Content-Type", "application/json"};
  CHECK(decide({kJson}).status == 401);
  CHECK(decide({kJson, {"Authorization", "Bearer wrong"}}).status == 403);
  CHECK(decide({{"Content-Type", "text/plain"}, {"Authorization", "Bearer ada's secret"}}).status == 403);
  CHECK(decide({kJson, {"Authorization", "Bearer ada's secret"}, {"Origin", "http://evil.example"}}).status ==
        403);
  const Answer answer = decide({kJson, {"Authorization", "Bearer ada's secret"}});
  CHECK(answer.status == 200);
  CHECK(verified(answer, p).by == "Ada");
}

TEST_CASE_FIXTURE(Town, "WithoutNamedPeopleNobodyDecidesThroughAProxy") {
  settings = with("when_met: ask\n");
  start();
  propose(proposed());
  const http::Header kJson{"Content-Type", "application/json"};
  const auto body = R"({"decision":"approve","by":"Bob"})";
  CHECK(call("POST", "/api/v1/proposals/order-1/decision", body, {kJson, {"X-Forwarded-For", "10.0.0.9"}})
            .status == 403);
  CHECK(call("POST", "/api/v1/proposals/order-1/decision", body, {kJson}).status == 200);
}

TEST_CASE_FIXTURE(Town, "OrdersBeyondTheDaysNumberAreRefusedHoweverManyComeAtOnce") {
  settings = with("orders: {per_asset_per_day: 2}\n");
  start();
  std::vector<std::thread> senders;
  for (int i = 0; i < 6; ++i) senders.emplace_back([this, i] { propose(proposed(cat("order-", i))); });
  for (auto& sender : senders) sender.join();
  const Answer all = call("GET", "/api/v1/proposals");
  CHECK(all.body.find("approved")->integer() == 2);
  CHECK(all.body.find("refused")->integer() == 4);
  CHECK(all.body.find("proposals")->array()->size() == 6);
}

TEST_CASE_FIXTURE(Town, "EveryApprovalIsToldUntilItIsKnown") {
  std::atomic<int> calls = 0;
  std::atomic<bool> away = true;
  std::mutex mutex;
  std::vector<ApprovedOrder> told;
  on_approved = [&](const ApprovedOrder& order) -> Status {
    ++calls;
    if (away) return fail(ErrorKind::unavailable, "no node answers");
    const std::lock_guard lock(mutex);
    told.push_back(order);
    return {};
  };
  start();
  const Proposal p = proposed();
  CHECK(propose(p).text("status") == "approve");
  CHECK(eventually([&] { return calls > 0; }));
  authority.reset();
  CHECK(told.empty());
  away = false;
  start();
  CHECK(eventually([&] {
    const std::lock_guard lock(mutex);
    return told.size() == 1;
  }));
  CHECK(told[0].order == p.order);
  CHECK(told[0].proposal == approvals::digest_of(*print(p)));
  CHECK(told[0].data_root == p.evidence);
  CHECK(told[0].expires == p.expires);
  authority.reset();
  const int before = calls;
  start();
  propose(proposed("order-2"));
  CHECK(eventually([&] { return calls == before + 1; }));
}

TEST_CASE_FIXTURE(Town, "ItSaysWhoItIs") {
  start();
  const Answer who = call("GET", "/api/v1/identity");
  CHECK(who.text("name") == "safety");
  CHECK(who.text("key") == authority->key().base64());
  CHECK(who.body.find("ethereum")->is_null());
  CHECK(call("GET", "/api/v1/rules").body.find("sentences")->array()->size() >= 2);
  const Answer page = call("GET", "/");
  CHECK(page.status == 200);
  CHECK(page.raw.find("<!doctype html>") == 0);
  CHECK(page.raw.find("</html>") != std::string::npos);
}

TEST_CASE_FIXTURE(Town, "ItWitnessesTheLogOfAStationAndRemembersItsSize") {
  start();
  const auto cosign = [&](int signer, const std::string& origin, uint64_t old_size, uint64_t size) {
    const auto text = ledger::print_checkpoint(
        {.origin = origin, .size = size, .root = ledger::leaf_hash(as_bytes("entry")), .extensions = {}});
    const ledger::Note note{text, {ledger::sign_note(text, origin, key(signer))}};
    const auto body = ledger::print_request({old_size, {}, ledger::print_note(note)});
    auto answer = call("POST", "/add-checkpoint", body, {{"Content-Type", "text/plain"}});
    if (answer.status == 200) {
      const auto lines = ledger::parse_lines(answer.raw);
      REQUIRE(lines);
      const ledger::Note cosigned{text, *lines};
      CHECK(check_signature(cosigned, authority->witness_key()).state == ledger::Signed::right);
    }
    return answer;
  };
  const std::string origin = "oree/line-1/orders";
  CHECK(cosign(2, origin, 0, 1).status == 403);
  CHECK(cosign(1, "oree/line-9/orders", 0, 1).status == 404);
  CHECK(cosign(1, origin, 0, 1).status == 200);
  restart();
  const Answer late = cosign(1, origin, 0, 1);
  CHECK(late.status == 409);
  CHECK(late.raw == "1\n");
  CHECK(cosign(1, origin, 1, 1).status == 200);
  CHECK(call("POST", "/add-checkpoint", "rubbish").status == 400);
  const Answer state = call("GET", "/api/v1/witness");
  REQUIRE(state.body.find("logs")->array()->size() == 1);
  CHECK((*state.body.find("logs")->array())[0].find("size")->integer() == 1);
  CHECK(call("GET", "/api/v1/identity").text("witness") == authority->witness_key().text());
}

TEST_CASE_FIXTURE(Town, "OneFolderHasOneAuthority") {
  start();
  CHECK(!Authority::start(settings, folder.path, {clock, disk, log}));
}

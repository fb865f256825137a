#include "services/ethereum/chain_ledger.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "services/ethereum/testing/chain_double.h"
#include "services/ethereum/wire/abi.h"

using namespace oree;
using namespace oree::ethereum;
using oree::ethereum::testing::ChainDouble;

namespace {

using Kind = BookCall::Kind;
using State = Submission::State;
using Words = std::vector<std::string>;

Word filled(unsigned byte) {
  Word out;
  out.fill(static_cast<std::byte>(byte));
  return out;
}

struct World {
  World() { settings = {.chain_id = ChainDouble::kChain, .contract = ChainDouble::kContract}; }

  ChainLedger ledger(const Key& key) { return ChainLedger(rpc, settings, clock, key); }
  BookCall proposal(unsigned number = 1) const {
    return {
        .kind = Kind::propose, .order = filled(number), .proposal = filled(0xA1), .data_root = filled(0xB2)};
  }
  BookCall approval() const { return {.kind = Kind::approve, .order = filled(1), .proposal = filled(0xA1)}; }
  Submission submit(ChainLedger& ledger, const BookCall& call) {
    const auto out = ledger.submit(call);
    REQUIRE_MESSAGE(out, (out ? "" : out.error().what));
    return *out;
  }
  void bring(const Key& key, const BookCall& call) {
    ChainLedger one = ledger(key);
    submit(one, call);
    chain.mine();
    REQUIRE(submit(one, call).state != State::waiting);
  }
  ChainNews look(ChainLedger& ledger, const ChainPosition& from) {
    const auto news = ledger.look(from);
    REQUIRE_MESSAGE(news, (news ? "" : news.error().what));
    return *news;
  }

  oree::testing::FakeClock clock;
  ChainDouble chain{clock};
  Rpc rpc{chain.options()};
  ChainSettings settings;
  ChainDouble::Faults faults;
  Key station = Key::generate(), first = Key::generate(), second = Key::generate();
};

Words kinds(const ChainNews& news) {
  Words out;
  for (const BookEvent& event : news.events) out.emplace_back(word_of(event.kind));
  return out;
}

}  // namespace

TEST_CASE("FinalityIsAMajorityOfTheSigners") {
  CHECK(finality_depth({.signers = 1}) == 1);
  CHECK(finality_depth({.signers = 3}) == 2);
  CHECK(finality_depth({.signers = 4}) == 3);
  CHECK(finality_depth({.signers = 3, .confirmations = 12}) == 12);
}

TEST_CASE("EventsAreToldOnceAndOnlyWhenFinal") {
  World world;
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  ChainPosition position;
  Words told;
  const auto follow = [&] {
    const ChainNews news = world.look(watcher, position);
    for (const std::string& kind : kinds(news)) told.push_back(kind);
    position = news.position;
  };
  world.bring(world.station, world.proposal());
  follow();
  CHECK(told.empty());
  world.bring(world.first, world.approval());
  follow();
  CHECK(told.empty());
  world.bring(world.second, world.approval());
  follow();
  CHECK(told == Words{"Proposed"});
  world.chain.mine(2);
  follow();
  CHECK(told == Words{"Proposed", "Approved", "Approved", "Executed"});
  world.chain.mine(5);
  follow();
  CHECK(told.size() == 4);
  // A position that was saved reads on in another life.
  const auto saved = parse_position(position.text());
  REQUIRE(saved);
  CHECK(*saved == position);
  ChainLedger later(world.rpc, world.settings, world.clock);
  CHECK(world.look(later, *saved).events.empty());
}

TEST_CASE("WhatIsNotFinalMayVanishAndIsNeverTold") {
  World world;
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  world.bring(world.station, world.proposal());
  const ChainNews before = world.look(watcher, {});
  world.chain.reorganise(1);
  world.chain.mine(4);
  CHECK(world.look(watcher, before.position).events.empty());
  // Its owner brings it again.
  ChainLedger owner = world.ledger(world.station);
  CHECK(world.submit(owner, world.proposal()).state == State::waiting);
  world.chain.mine(4);
  CHECK(kinds(world.look(watcher, before.position)) == Words{"Proposed"});
}

TEST_CASE("ACallThatAReorganisationTookOutIsBroughtAgainAtOnce") {
  World world;
  ChainLedger owner = world.ledger(world.station);
  world.submit(owner, world.proposal());
  world.chain.mine();
  CHECK(world.submit(owner, world.proposal()).state == State::mined);
  world.chain.reorganise(1);
  // The next one has a nonce behind it, and waits for it.
  CHECK(world.submit(owner, world.proposal(2)).state == State::waiting);
  CHECK(world.submit(owner, world.proposal()).state == State::waiting);
  world.chain.mine(4);
  CHECK(world.submit(owner, world.proposal()).state == State::final);
  CHECK(world.submit(owner, world.proposal(2)).state == State::final);
  CHECK(world.chain.transactions(world.station.address()) == 2);
}

TEST_CASE("LogsOfDroppedBlocksAreLeftOut") {
  World world;
  world.chain.add_removed_log(filled(1));
  world.bring(world.station, world.proposal());
  world.chain.mine(3);
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  CHECK(kinds(world.look(watcher, {})) == Words{"Proposed"});
}

TEST_CASE("AChainRewrittenBelowFinalityIsAnErrorForPeople") {
  World world;
  world.chain.mine(6);
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  const ChainNews news = world.look(watcher, {});
  world.chain.reorganise(5);
  const auto after = watcher.look(news.position);
  REQUIRE_FALSE(after);
  CHECK(after.error().kind == ErrorKind::corrupt);
  CHECK(watcher.health().state == ChainState::rewritten);
}

TEST_CASE("ANodeOnAnotherChainIsToldApartAndFollowedOnceItIsRight") {
  World world;
  world.chain.mine(3);
  world.faults.chain_id = 1;
  world.chain.set(world.faults);
  ChainLedger ledger = world.ledger(world.station);
  CHECK(ledger.look({}).error().kind == ErrorKind::conflict);
  CHECK(ledger.submit(world.proposal()).error().kind == ErrorKind::conflict);
  CHECK(ledger.health().state == ChainState::wrong_chain);
  CHECK(world.chain.asked("eth_sendRawTransaction") == 0);
  world.chain.set({});
  CHECK(ledger.look({}));
  CHECK(ledger.health().state == ChainState::live);
}

TEST_CASE("AfterAnOutageTheChainIsCheckedAnewAndReadOn") {
  World world;
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  const ChainPosition position = world.look(watcher, {}).position;
  world.bring(world.station, world.proposal());
  world.chain.mine(3);
  world.faults.away = true;
  world.chain.set(world.faults);
  CHECK(watcher.look(position).error().kind == ErrorKind::unavailable);
  CHECK(watcher.health().state == ChainState::away);
  // What answers now is another node, of another chain.
  world.chain.set({.chain_id = 5});
  CHECK(watcher.look(position).error().kind == ErrorKind::conflict);
  world.chain.set({});
  CHECK(kinds(world.look(watcher, position)) == Words{"Proposed"});
}

TEST_CASE("AChainThatStandsStillIsSaid") {
  World world;
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  world.chain.mine();
  world.look(watcher, {});
  CHECK(watcher.health().state == ChainState::live);
  world.clock.advance(10 * world.settings.period);
  world.look(watcher, {});
  CHECK(watcher.health().state == ChainState::live);
  world.clock.advance(std::chrono::seconds(1));
  world.look(watcher, {});
  CHECK(watcher.health().state == ChainState::halted);
  CHECK(watcher.health().sentence.contains("51 s"));
  world.chain.mine();
  world.look(watcher, {});
  CHECK(watcher.health().state == ChainState::live);
}

TEST_CASE("AWrongClockHereDoesNotMakeTheChainHalted") {
  World world;
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  world.look(watcher, {});
  world.chain.mine();
  world.clock.jump(std::chrono::hours(1));
  world.look(watcher, {});
  CHECK(watcher.health().state == ChainState::live);  // the head moved just now
  world.clock.advance(11 * world.settings.period);
  world.look(watcher, {});
  CHECK(watcher.health().state == ChainState::halted);
}

TEST_CASE("LongGapsAreReadInBoundedRanges") {
  World world;
  world.settings.range = 10;
  world.bring(world.station, world.proposal());
  world.chain.mine(300);
  world.bring(world.first, world.approval());
  world.chain.mine(2);
  world.faults.logs_range = 4;
  world.chain.set(world.faults);
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  Words told;
  ChainNews news;
  size_t looks = 0;
  do {
    news = world.look(watcher, news.position);
    for (const std::string& kind : kinds(news)) told.push_back(kind);
    ++looks;
  } while (news.more);
  CHECK(told == Words{"Proposed", "Approved"});
  CHECK(looks > 1);
  CHECK(world.chain.asked("eth_getLogs") > 300 / 4);
}

TEST_CASE("LogsThatNobodyAskedForAreNotBelieved") {
  World world;
  LogEntry log{.address = world.station.address(),
               .topics = {event_topics()[3], filled(1)},
               .data = ByteBuffer(64),
               .block = 1};
  SUBCASE("OfAnotherContract") {}
  SUBCASE("OfABlockThatIsNotFinal") {
    log.address = ChainDouble::kContract;
    log.block = 1'000;
  }
  SUBCASE("OfAWrongSize") {
    log.address = ChainDouble::kContract;
    log.data.resize(63);
  }
  SUBCASE("OfABlockWithAnotherHash") {
    log.address = ChainDouble::kContract;
    log.block = 2;
    log.block_hash = filled(7);
  }
  world.chain.mine(4);
  world.chain.add_log(log);
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  CHECK_FALSE(watcher.look({}));
}

TEST_CASE("ASubmissionWaitsIsMinedIsFinal") {
  World world;
  ChainLedger ledger = world.ledger(world.station);
  const Submission first = world.submit(ledger, world.proposal());
  CHECK(first.state == State::waiting);
  REQUIRE(first.transaction);
  CHECK(world.submit(ledger, world.proposal()).state == State::waiting);
  CHECK(world.chain.asked("eth_sendRawTransaction") == 1);
  world.chain.mine();
  CHECK(world.submit(ledger, world.proposal()).state == State::mined);
  world.chain.mine(2);
  const Submission last = world.submit(ledger, world.proposal());
  CHECK(last.state == State::final);
  CHECK(last.transaction == first.transaction);
}

TEST_CASE("AnOrderThatStandsThereOtherwiseIsAConflict") {
  World world;
  world.bring(world.station, world.proposal());
  ChainLedger ledger = world.ledger(world.station);
  BookCall other = world.proposal();
  other.proposal = filled(9);
  CHECK(ledger.submit(other).error().kind == ErrorKind::conflict);
  CHECK(world.ledger(world.first).submit({.kind = Kind::approve, .order = filled(2)}).error().kind ==
        ErrorKind::unavailable);
  world.bring(world.first, world.approval());
  BookCall refusal = world.approval();
  refusal.kind = Kind::refuse;
  CHECK(world.ledger(world.first).submit(refusal).error().kind == ErrorKind::conflict);
}

TEST_CASE("WithoutAKeyNothingIsSubmitted") {
  World world;
  ChainLedger watcher(world.rpc, world.settings, world.clock);
  CHECK(watcher.submit(world.proposal()).error().kind == ErrorKind::denied);
}

TEST_CASE("APositionThatIsNoneIsRefused") {
  for (const char* text : {"", "7", "x 0x00", "7 0x00", "-1 0x00"}) CHECK_FALSE(parse_position(text));
}

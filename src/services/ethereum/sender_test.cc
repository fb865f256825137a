// Each life of a sender is a ChainLedger of its own; the double counts what gets into blocks.
#include "services/ethereum/sender.h"

#include <doctest/doctest.h>

#include "base/testing/fake_clock.h"
#include "base/text.h"
#include "services/ethereum/chain_ledger.h"
#include "services/ethereum/testing/chain_double.h"

using namespace oree;
using namespace oree::ethereum;
using oree::ethereum::testing::ChainDouble;

namespace {

using State = Submission::State;

Word filled(unsigned byte) {
  Word out;
  out.fill(static_cast<std::byte>(byte));
  return out;
}

struct World {
  World() { settings = {.chain_id = ChainDouble::kChain, .contract = ChainDouble::kContract}; }
  ChainLedger life() { return ChainLedger(rpc, settings, clock, key); }
  static BookCall order(unsigned number) {
    return {.kind = BookCall::Kind::propose,
            .order = filled(number),
            .proposal = filled(1),
            .data_root = filled(2)};
  }
  State submit(ChainLedger& ledger, unsigned number = 1) {
    const auto out = ledger.submit(order(number));
    REQUIRE_MESSAGE(out, (out ? "" : out.error().what));
    return out->state;
  }
  void set(const ChainDouble::Faults& faults) { chain.set(faults); }
  uint64_t in_blocks() const { return chain.transactions(key.address()); }

  oree::testing::FakeClock clock;
  ChainDouble chain{clock};
  Rpc rpc{chain.options()};
  ChainSettings settings;
  Key key = Key::generate();
};

}  // namespace

TEST_CASE("KilledAfterSendingTheSameBytesAreSentAgain") {
  World world;
  for (int life = 0; life < 4; ++life) {
    ChainLedger ledger = world.life();
    CHECK(world.submit(ledger) == State::waiting);
  }
  CHECK(world.chain.pool_size() == 1);
  world.chain.mine(4);
  ChainLedger last = world.life();
  CHECK(world.submit(last) == State::final);
  CHECK(world.in_blocks() == 1);
}

TEST_CASE("KilledAfterSendingWithOtherFeesTheOldOneIsReplaced") {
  World world;
  ChainLedger first = world.life();
  world.submit(first);
  const uint64_t before = world.chain.pool_fee(world.key.address(), 0);
  world.set({.base_fee = 700'000'000});  // a lower offer, which no node takes instead
  world.chain.lose_pool();
  ChainLedger second = world.life();
  CHECK(world.submit(second) == State::waiting);
  const uint64_t lower = world.chain.pool_fee(world.key.address(), 0);
  CHECK(lower < before);
  world.set({});
  world.chain.mine(0);
  ChainLedger third = world.life();
  CHECK(world.submit(third) == State::waiting);
  CHECK(world.chain.pool_fee(world.key.address(), 0) > lower);
  CHECK(world.chain.pool_size() == 1);
  world.chain.mine(3);
  CHECK(world.submit(third) == State::final);
  CHECK(world.in_blocks() == 1);
}

TEST_CASE("AnAnswerThatIsLostCostsNothing") {
  World world;
  world.set({.swallows_answers = true});
  ChainLedger ledger = world.life();
  CHECK(ledger.submit(World::order(1)).error().kind == ErrorKind::unavailable);
  CHECK(world.chain.pool_size() == 1);
  world.set({});
  CHECK(world.submit(ledger) == State::waiting);
  CHECK(world.chain.pool_size() == 1);
  world.chain.mine(3);
  CHECK(world.submit(ledger) == State::final);
  CHECK(world.in_blocks() == 1);
}

TEST_CASE("WhatIsStuckIsOfferedMoreUpToTheCeiling") {
  World world;
  world.settings.fees.ceiling = 5'000'000'000;
  ChainLedger ledger = world.life();
  world.submit(ledger);
  const uint64_t before = world.chain.pool_fee(world.key.address(), 0);
  world.clock.advance(world.settings.fees.patience - milliseconds(1));
  world.submit(ledger);
  CHECK(world.chain.pool_fee(world.key.address(), 0) == before);
  world.clock.advance(milliseconds(1));
  world.submit(ledger);
  CHECK(world.chain.pool_fee(world.key.address(), 0) > before);
  for (int i = 0; i < 20; ++i) {
    world.clock.advance(world.settings.fees.patience);
    world.submit(ledger);
  }
  CHECK(world.chain.pool_fee(world.key.address(), 0) <= 5'000'000'000);
  world.chain.mine(3);
  CHECK(world.submit(ledger) == State::final);
  CHECK(world.in_blocks() == 1);
}

TEST_CASE("AChainThatAsksForMoreThanTheCeilingIsTooBusy") {
  World world;
  world.set({.base_fee = 600'000'000'000});
  world.chain.mine();
  ChainLedger ledger = world.life();
  CHECK(ledger.submit(World::order(1)).error().kind == ErrorKind::busy);
  CHECK(world.chain.pool_size() == 0);
}

TEST_CASE("ATransactionThatANodeLostIsSentAgain") {
  World world;
  ChainLedger ledger = world.life();
  world.submit(ledger);
  world.chain.lose_pool();
  world.submit(ledger);
  CHECK(world.chain.pool_size() == 1);
  world.chain.mine(3);
  CHECK(world.submit(ledger) == State::final);
}

TEST_CASE("WhatRanOutOfGasIsGivenMore") {
  World world;
  world.set({.needed_gas = 150'000});  // and the node's estimate is 60,000
  ChainLedger ledger = world.life();
  world.submit(ledger);
  const uint64_t before = world.chain.pool_gas(world.key.address(), 0);
  world.chain.mine();
  CHECK(world.submit(ledger) == State::waiting);
  CHECK(world.chain.pool_gas(world.key.address(), 1) >= 2 * before);
  world.chain.mine(3);
  CHECK(world.submit(ledger) == State::final);
  CHECK(world.in_blocks() == 2);
}

TEST_CASE("WhatFailsAgainAndAgainIsGivenUp") {
  World world;
  world.set({.needed_gas = 100'000'000});
  ChainLedger ledger = world.life();
  std::optional<Error> error;
  for (int i = 0; i < 6 && !error; ++i) {
    const auto out = ledger.submit(World::order(1));
    if (!out) error = out.error();
    world.chain.mine();
  }
  REQUIRE(error);
  CHECK(error->kind == ErrorKind::conflict);
  CHECK(world.in_blocks() == 3);
}

TEST_CASE("ANonceThatSomebodyElseSpentIsNotWaitedFor") {
  World world;
  ChainLedger ledger = world.life();
  world.submit(ledger);
  world.chain.lose_pool();
  world.chain.spend_nonce(world.key.address());
  CHECK(world.submit(ledger) == State::waiting);  // notices
  CHECK(world.submit(ledger) == State::waiting);  // sends anew
  CHECK(world.chain.pool_fee(world.key.address(), 1) > 0);
  world.chain.mine(3);
  CHECK(world.submit(ledger) == State::final);
}

TEST_CASE("SeveralOrdersAreUnderWayAtOnce") {
  World world;
  ChainLedger ledger = world.life();
  for (unsigned number = 1; number <= 5; ++number) CHECK(world.submit(ledger, number) == State::waiting);
  CHECK(world.chain.pool_size() == 5);
  world.chain.mine(3);
  for (unsigned number = 1; number <= 5; ++number) CHECK(world.submit(ledger, number) == State::final);
  CHECK(world.in_blocks() == 5);
}

// The new life does not know what the old one sent; the contract keeps them apart.
TEST_CASE("OrdersInAnotherSequenceAfterAKillAllGetThere") {
  World world;
  {
    ChainLedger old = world.life();
    for (unsigned number = 1; number <= 3; ++number) world.submit(old, number);
  }
  ChainLedger ledger = world.life();
  for (int round = 0; round < 8; ++round) {
    for (unsigned number : {3u, 1u, 2u}) {
      if (!ledger.submit(World::order(number))) continue;
    }
    world.clock.advance(world.settings.fees.patience);
    world.chain.mine();
  }
  for (unsigned number = 1; number <= 3; ++number) CHECK(world.submit(ledger, number) == State::final);
}

TEST_CASE("AnAccountWithoutMoneyIsSaidByItsAddress") {
  World world;
  world.set({.poor = true});
  ChainLedger ledger = world.life();
  const auto out = ledger.submit(World::order(1));
  REQUIRE_FALSE(out);
  CHECK(out.error().kind == ErrorKind::unavailable);
  CHECK(out.error().what.contains(world.key.address().text()));
}

TEST_CASE("ANameIsForOneCallOnly") {
  World world;
  Sender sender(world.rpc, world.key, ChainDouble::kChain, {}, world.clock);
  const ByteBuffer one = approve_call(filled(1), filled(2)), other = approve_call(filled(1), filled(3));
  REQUIRE(sender.send("a", ChainDouble::kContract, one));
  CHECK(sender.send("a", ChainDouble::kContract, other).error().kind == ErrorKind::conflict);
  CHECK(sender.forget("a"));
  CHECK_FALSE(sender.forget("a"));
}

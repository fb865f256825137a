// The contract and this room's code together, on a real node.
#include "services/ethereum/testing/anvil.h"

#include <doctest/doctest.h>

#include "services/ethereum/chain_ledger.h"

using namespace oree;
using namespace oree::ethereum;
using oree::ethereum::testing::Anvil;

namespace {

using Kind = BookCall::Kind;
using State = Submission::State;

constexpr int kAsked = 10'000;  // times; anvil makes its block a moment after it took the transaction

Word filled(unsigned byte) {
  Word out;
  out.fill(static_cast<std::byte>(byte));
  return out;
}

// One station, three authorities, two of whom are enough.
struct World {
  explicit World(Anvil& node) : anvil(node), rpc(node.rpc()) {
    for (const Key* key : {&station, &authorities[0], &authorities[1], &authorities[2], &stranger}) {
      anvil.give(key->address());
    }
    settings.chain_id = Anvil::kChain;
    settings.contract = deploy(setup());
    settings.first_block = *rpc.block_number();
    settings.period = milliseconds(0);
    const auto head = rpc.block({});
    REQUIRE(head);
    propose.expires = head->time + std::chrono::hours(1);
  }

  BookSetup setup() const {
    return {
        {authorities[0].address(), authorities[1].address(), authorities[2].address()}, 2, station.address()};
  }
  Result<Sent> try_deploy(const BookSetup& wanted) {
    Sender sender(rpc, station, Anvil::kChain, {}, clock);
    Result<Sent> sent = sender.send("deploy", std::nullopt, deploy_code(wanted));
    for (int i = 0; i < kAsked && sent && !sent->mined; ++i) {
      sent = sender.send("deploy", std::nullopt, deploy_code(wanted));
    }
    return sent;
  }
  Address deploy(const BookSetup& wanted) {
    const auto sent = try_deploy(wanted);
    REQUIRE_MESSAGE(sent, (sent ? "" : sent.error().what));
    REQUIRE(sent->mined);
    return sent->contract.value();
  }

  ChainLedger ledger(const Key& key) { return ChainLedger(rpc, settings, clock, key); }
  BookCall decision(Kind kind) const {
    return {.kind = kind, .order = propose.order, .proposal = propose.proposal};
  }
  // Until it is in a block, which anvil makes at once.
  State bring(const Key& key, const BookCall& call) {
    ChainLedger one = ledger(key);
    State state = State::waiting;
    for (int i = 0; i < kAsked && state == State::waiting; ++i) {
      const auto submitted = one.submit(call);
      REQUIRE_MESSAGE(submitted, (submitted ? "" : submitted.error().what));
      state = submitted->state;
    }
    return state;
  }
  Error refused(const Key& key, const BookCall& call) {
    const auto submitted = ledger(key).submit(call);
    REQUIRE_FALSE(submitted);
    return submitted.error();
  }
  // Straight to the contract, without the look into it that submit() begins with.
  Error refused_by_contract(const Key& key, const ByteBuffer& call) {
    const auto estimate = rpc.estimate_gas({.from = key.address(), .to = settings.contract, .data = call});
    REQUIRE_FALSE(estimate);
    return explain(estimate.error());
  }
  BookedOrder order() {
    const auto found = OrderBook(rpc, settings.contract).order(propose.order);
    REQUIRE(found);
    return *found;
  }
  std::vector<std::string> kinds(const ChainPosition& from = {}) {
    const auto news = ChainLedger(rpc, settings, clock).look(from);
    REQUIRE_MESSAGE(news, (news ? "" : news.error().what));
    std::vector<std::string> out;
    for (const BookEvent& event : news->events) out.emplace_back(word_of(event.kind));
    return out;
  }

  Anvil& anvil;
  Rpc& rpc;
  SystemClock clock;
  Key station = Key::generate();
  Key authorities[3] = {Key::generate(), Key::generate(), Key::generate()};
  Key stranger = Key::generate();
  ChainSettings settings;
  BookCall propose{.kind = Kind::propose,
                   .order = order_word("mo-1"),
                   .proposal = filled(0xA1),
                   .data_root = filled(0xB2)};
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("TwoOfThreeApprovalsExecuteAnOrderOnce") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  CHECK(OrderBook(world.rpc, world.settings.contract).setup().value() == world.setup());

  CHECK(world.bring(world.station, world.propose) == State::mined);
  CHECK(world.bring(world.authorities[0], world.decision(Kind::approve)) == State::mined);
  CHECK(world.order().state == BookState::proposed);
  CHECK(world.bring(world.authorities[2], world.decision(Kind::approve)) == State::mined);
  CHECK(world.order().state == BookState::executed);
  CHECK(world.order().approvals == 2);

  // Three signers: a block is final with two on top of it.
  anvil->mine(1);
  CHECK(world.kinds() == Words{"Proposed", "Approved"});
  anvil->mine(1);
  CHECK(world.kinds() == Words{"Proposed", "Approved", "Approved", "Executed"});
  const auto again = world.ledger(world.authorities[2]).submit(world.decision(Kind::approve));
  REQUIRE(again);
  CHECK(again->state == State::final);

  // The third comes too late, and nothing is told twice.
  CHECK(world.refused(world.authorities[1], world.decision(Kind::approve)).what.contains("decided already"));
  anvil->mine(5);
  const auto news = ChainLedger(world.rpc, world.settings, world.clock).look({});
  REQUIRE(news);
  REQUIRE(news->events.size() == 4);
  const BookEvent& executed = news->events[3];
  CHECK(executed.order == order_word("mo-1"));
  CHECK(executed.proposal == world.propose.proposal);
  CHECK(executed.data_root == world.propose.data_root);
  CHECK(news->events[0].expires == world.propose.expires);
  CHECK(news->events[2].authority == world.authorities[2].address());
  CHECK(world.kinds(news->position).empty());
}

TEST_CASE("TheContractRefusesStrangersDoublesAndOtherTexts") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  const BookCall approve = world.decision(Kind::approve);
  CHECK(world.refused(world.authorities[0], approve).kind == ErrorKind::unavailable);  // not proposed yet
  CHECK(world.refused(world.stranger, world.propose).kind == ErrorKind::denied);
  CHECK(world.refused(world.authorities[0], world.propose).kind == ErrorKind::denied);
  REQUIRE(world.bring(world.station, world.propose) == State::mined);

  CHECK(world.refused(world.stranger, approve).kind == ErrorKind::denied);
  CHECK(world.refused(world.station, approve).kind == ErrorKind::denied);
  BookCall other = approve;
  other.proposal = filled(0xEE);
  CHECK(world.refused(world.authorities[0], other).kind == ErrorKind::conflict);
  CHECK(world.refused_by_contract(world.authorities[0], approve_call(other.order, other.proposal))
            .what.contains("another text"));
  other = world.propose;
  other.data_root = filled(0xEE);
  CHECK(world.refused(world.station, other).kind == ErrorKind::conflict);
  CHECK(
      world.refused_by_contract(world.station, propose_call(other.order, filled(9), filled(9), other.expires))
          .what.contains("proposed already"));

  REQUIRE(world.bring(world.authorities[0], approve) == State::mined);
  for (const ByteBuffer& call :
       {approve_call(approve.order, approve.proposal), refuse_call(approve.order, approve.proposal)}) {
    CHECK(world.refused_by_contract(world.authorities[0], call)
              .what.contains("this authority has decided already"));
  }
  CHECK(world.refused(world.authorities[0], world.decision(Kind::refuse)).kind == ErrorKind::conflict);
  CHECK(world.order().approvals == 1);
}

TEST_CASE("RefusalsThatPutTheThresholdOutOfReachCloseAnOrder") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  REQUIRE(world.bring(world.station, world.propose) == State::mined);
  REQUIRE(world.bring(world.authorities[0], world.decision(Kind::refuse)) == State::mined);
  CHECK(world.order().state == BookState::proposed);
  REQUIRE(world.bring(world.authorities[1], world.decision(Kind::refuse)) == State::mined);
  CHECK(world.order().state == BookState::refused);
  CHECK(world.refused(world.authorities[2], world.decision(Kind::approve)).kind == ErrorKind::conflict);
  anvil->mine(2);
  CHECK(world.kinds() == Words{"Proposed", "Refused", "Refused"});
}

TEST_CASE("AnExpiredProposalIsNeitherTakenNorDecided") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  BookCall late = world.propose;
  late.order = order_word("mo-late");
  late.expires = world.rpc.block({})->time - std::chrono::seconds(10);
  CHECK(world.refused(world.station, late).what.contains("expired"));

  REQUIRE(world.bring(world.station, world.propose) == State::mined);
  REQUIRE(world.bring(world.authorities[0], world.decision(Kind::approve)) == State::mined);
  const auto last_second = static_cast<uint64_t>(world.propose.expires.time_since_epoch().count());
  REQUIRE(world.rpc.ask("evm_setNextBlockTimestamp", {quantity_text(last_second + 1)}));
  anvil->mine(1);
  CHECK(world.refused(world.authorities[1], world.decision(Kind::approve)).what.contains("expired"));
  CHECK(world.order().state == BookState::proposed);
}

TEST_CASE("ABookWithAnImpossibleListIsNotDeployed") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  const Address one = world.stranger.address();
  for (const BookSetup& wrong :
       {BookSetup{{one, one}, 1, one}, BookSetup{{one}, 2, one}, BookSetup{{one}, 0, one},
        BookSetup{{one, Address{}}, 1, one}, BookSetup{{one}, 1, Address{}}}) {
    CHECK_FALSE(world.try_deploy(wrong));
  }
  CHECK(OrderBook(world.rpc, one).setup().error().kind == ErrorKind::not_found);
}

TEST_CASE("ASenderThatWasKilledAfterItSentDoesNotSendTwice") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  anvil->automine(false);
  const auto nonce = world.rpc.transaction_count(world.station.address());
  REQUIRE(world.ledger(world.station).submit(world.propose));
  // More lives without memory: one makes the same bytes, one may not pay enough to replace them, one pays
  // otherwise.
  const FeePolicy same, poor{.ceiling = 1'300'000'000}, other{.legacy = true};
  for (const FeePolicy& fees : {same, poor, other, same}) {
    world.settings.fees = fees;
    const auto again = world.ledger(world.station).submit(world.propose);
    REQUIRE_MESSAGE(again, (again ? "" : again.error().what));
    CHECK(again->state == State::waiting);
  }
  anvil->mine(1);
  CHECK(world.ledger(world.station).submit(world.propose)->state == State::mined);
  anvil->mine(3);
  CHECK(world.ledger(world.station).submit(world.propose)->state == State::final);
  CHECK(world.rpc.transaction_count(world.station.address()).value() == nonce.value() + 1);
  CHECK(world.kinds() == Words{"Proposed"});
}

TEST_CASE("AStuckCallIsReplacedByOneThatPaysMore") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  anvil->automine(false);
  world.settings.fees.patience = milliseconds(0);
  ChainLedger ledger = world.ledger(world.station);
  const auto first = ledger.submit(world.propose);
  REQUIRE(first);
  const auto second = ledger.submit(world.propose);
  REQUIRE_MESSAGE(second, (second ? "" : second.error().what));
  CHECK(first->transaction != second->transaction);
  anvil->mine(1);
  const auto mined = ledger.submit(world.propose);
  REQUIRE(mined);
  CHECK(mined->state == State::mined);
  anvil->mine(2);
  const auto last = ledger.submit(world.propose);
  REQUIRE(last);
  CHECK(last->state == State::final);
  CHECK(last->transaction == second->transaction);
  CHECK(world.kinds() == Words{"Proposed"});
}

TEST_CASE("BothKindsOfTransactionAreTaken") {
  const auto anvil = Anvil::start();
  if (!anvil) return;
  World world(*anvil);
  world.settings.fees.legacy = true;
  CHECK(world.bring(world.station, world.propose) == State::mined);
  world.settings.fees.legacy = false;
  CHECK(world.bring(world.authorities[0], world.decision(Kind::approve)) == State::mined);
}

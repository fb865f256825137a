#include "nodes/authority/chain.h"

#include <doctest/doctest.h>

#include "nodes/authority/testing/town.h"
#include "services/ethereum/chain_ledger.h"
#include "services/ethereum/testing/chain_double.h"

using namespace oree;
using namespace oree::authority;
using namespace oree::authority::testing;
using ethereum::BookCall;
using ethereum::testing::ChainDouble;

TEST_CASE("AnApprovalIsToldUntilItIsFinalOnTheChain") {
  const Folder folder;
  oree::testing::FakeClock clock{wall(kNow)};
  NullLog log;
  ChainDouble node{clock};
  const auto url = node.options().url;
  const ChainSetting setting{.rpc = cat("http://", url.host, ":", url.port),
                             .chain_id = ChainDouble::kChain,
                             .contract = ChainDouble::kContract.text(),
                             .key_file = folder.path / "ethereum.key"};
  auto chain = Chain::open(setting, clock, log);
  REQUIRE_MESSAGE(chain, (chain ? "" : chain.error().what));
  const Proposal p = proposal();
  const ApprovedOrder order{p.order, approvals::digest_of(*print(p)), p.evidence, p.expires};
  CHECK((*chain)->approve(order).error().kind == ErrorKind::busy);  // nobody proposed it there yet

  ethereum::Rpc rpc{node.options()};
  ethereum::ChainLedger station(rpc, {.chain_id = ChainDouble::kChain, .contract = ChainDouble::kContract},
                                clock, ethereum::Key::generate());
  REQUIRE(station.submit({.kind = BookCall::Kind::propose,
                          .order = ethereum::order_word(order.order),
                          .proposal = ethereum::digest_word(order.proposal),
                          .data_root = ethereum::digest_word(order.data_root),
                          .expires = ethereum::ChainTime(std::chrono::seconds(order.expires / 1000))}));
  node.mine();
  CHECK((*chain)->approve(order).error().kind == ErrorKind::busy);
  node.mine();
  CHECK((*chain)->approve(order).error().kind == ErrorKind::busy);
  node.mine(3);
  CHECK((*chain)->approve(order));

  const std::string address = (*chain)->address();
  chain = fail(ErrorKind::unavailable, "stopped");
  chain = Chain::open(setting, clock, log);
  REQUIRE(chain);
  CHECK((*chain)->address() == address);
  CHECK((*chain)->approve(order));  // it is there already, and is not sent again
}

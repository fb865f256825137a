// An order from proposal to Executed on a network of several signers, when OREE_CLIQUE_URLS names their nodes
// (as tests/ethereum/test_clique.py does): each party speaks to another node, and each node's own account is
// unlocked.
#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>

#include "base/text.h"
#include "services/ethereum/chain_ledger.h"

using namespace oree;
using namespace oree::ethereum;

namespace {

using State = Submission::State;

constexpr milliseconds kBetweenLooks{100};
constexpr int kLooks = 1'200;  // two minutes

void until(const char* what, const std::function<bool()>& holds) {
  for (int i = 0; i < kLooks; ++i) {
    if (holds()) return;
    std::this_thread::sleep_for(kBetweenLooks);
  }
  FAIL("waited in vain for ", what);
}

struct Network {
  explicit Network(std::string_view urls) {
    for (const std::string_view url : split(urls, ',')) {
      const auto parsed = http::parse_url(url);
      REQUIRE(parsed);
      nodes.push_back(std::make_unique<Rpc>(RpcOptions{.url = *parsed}));
    }
    settings.chain_id = *nodes[0]->chain_id();
    settings.period = milliseconds(1'000);
    for (const Key& key : keys) give(key.address());
  }
  Rpc& node(size_t index) { return *nodes[index % nodes.size()]; }

  // From the node's own account; ends when all nodes know of it.
  void give(const Address& account) {
    const auto own = nodes[0]->ask("eth_accounts", {});
    REQUIRE(own);
    const auto sent = nodes[0]->ask(
        "eth_sendTransaction",
        {json::Object{
            {"from", *own->array()->at(0).text()}, {"to", account.text()}, {"value", "0xde0b6b3a7640000"}}});
    REQUIRE_MESSAGE(sent, (sent ? "" : sent.error().error.what));
    for (const auto& one : nodes) {
      until("money", [&] {
        const auto balance = one->ask("eth_getBalance", {account.text(), "latest"});
        return balance && *balance->text() != "0x0";
      });
    }
  }
  void deploy() {
    Sender sender(node(0), keys[0], settings.chain_id, {}, clock);
    const ByteBuffer code =
        deploy_code({{keys[1].address(), keys[2].address(), keys[3].address()}, 2, keys[0].address()});
    settings.first_block = *nodes[0]->block_number();
    until("the contract", [&] {
      const auto sent = sender.send("deploy", std::nullopt, code);
      REQUIRE_MESSAGE(sent, (sent ? "" : sent.error().what));
      if (sent->mined) settings.contract = sent->contract.value();
      return sent->mined;
    });
    for (const auto& one : nodes) {
      until("the contract everywhere",
            [&] { return OrderBook(*one, settings.contract).setup().has_value(); });
    }
  }
  // A life that ends after each step, so that nothing hangs on memory.
  void bring(size_t party, const BookCall& call) {
    until("a final call", [&] {
      ChainLedger life(node(party), settings, clock, keys[party]);
      const auto submitted = life.submit(call);
      if (!submitted) CHECK_MESSAGE(submitted.error().kind == ErrorKind::unavailable, submitted.error().what);
      return submitted && submitted->state == State::final;
    });
  }

  SystemClock clock;
  std::vector<std::unique_ptr<Rpc>> nodes;
  ChainSettings settings;
  Key keys[4] = {Key::generate(), Key::generate(), Key::generate(),
                 Key::generate()};  // station, then authorities
};

}  // namespace

TEST_CASE("OnALiveNetworkAnOrderIsExecutedOnce") {
  const char* urls = std::getenv("OREE_CLIQUE_URLS");
  if (urls == nullptr) {
    MESSAGE("skipped: OREE_CLIQUE_URLS names no network; see tests/ethereum/clique.py");
    return;
  }
  Network network(urls);
  network.deploy();
  const Word proposal = order_word("proposal"), root = order_word("manifest");
  const auto expires = std::chrono::floor<std::chrono::seconds>(network.clock.wall()) + std::chrono::hours(1);
  for (const char* id : {"mo-1", "mo-2", "mo-3"}) {
    const Word order = order_word(id);
    network.bring(0, {.order = order, .proposal = proposal, .data_root = root, .expires = expires});
    network.bring(1, {.kind = BookCall::Kind::approve, .order = order, .proposal = proposal});
    network.bring(3, {.kind = BookCall::Kind::approve, .order = order, .proposal = proposal});
  }
  size_t executed = 0;
  ChainLedger watcher(network.node(2), network.settings, network.clock);
  ChainPosition position;
  std::vector<BookEvent> events;
  until("nine approvals and executions", [&] {
    const auto news = watcher.look(position);
    if (!news) return false;
    position = news->position;
    events.insert(events.end(), news->events.begin(), news->events.end());
    return events.size() >= 12;
  });
  for (const BookEvent& event : events) executed += event.kind == BookEvent::Kind::executed ? 1 : 0;
  CHECK(events.size() == 12);
  CHECK(executed == 3);
  CHECK(watcher.health().state == ChainState::live);
}

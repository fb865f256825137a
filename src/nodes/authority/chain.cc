#include "nodes/authority/chain.h"

#include "base/text.h"
#include "services/ethereum/chain_ledger.h"

namespace oree::authority {

using ethereum::BookCall;
using ethereum::Submission;

struct Chain::State {
  State(const ChainSetting& setting, http::Url node, const ethereum::Address& contract,
        ethereum::Key key_of_it, const Clock& clock, Log& log_of_it)
      : key(std::move(key_of_it)),
        log(log_of_it),
        rpc({.url = std::move(node)}),
        ledger(rpc,
               {.chain_id = setting.chain_id,
                .contract = contract,
                .first_block = setting.first_block,
                .signers = setting.signers,
                .confirmations = setting.confirmations,
                .period = setting.period},
               clock, key) {}

  ethereum::Key key;
  Log& log;
  ethereum::Rpc rpc;
  ethereum::ChainLedger ledger;
};

Chain::Chain(std::unique_ptr<State> state) : state_(std::move(state)) {}
Chain::~Chain() = default;

Result<std::unique_ptr<Chain>> Chain::open(const ChainSetting& setting, const Clock& clock, Log& log) {
  auto node = http::parse_url(setting.rpc);
  if (!node) return forward(node, "ethereum: rpc");
  const auto contract = ethereum::parse_address(setting.contract);
  if (!contract) return forward(contract, "ethereum: contract");
  auto key = ethereum::Key::load(setting.key_file);
  if (!key && key.error().kind == ErrorKind::not_found) {
    key = ethereum::Key::generate();
    if (auto saved = key->save(setting.key_file); !saved) return forward(saved);
  }
  if (!key) return forward(key);
  return std::unique_ptr<Chain>(
      new Chain(std::make_unique<State>(setting, *std::move(node), *contract, *std::move(key), clock, log)));
}

std::string Chain::address() const {
  return state_->key.address().text();
}

Status Chain::approve(const ApprovedOrder& order) {
  const auto said = state_->ledger.submit({.kind = BookCall::Kind::approve,
                                           .order = ethereum::order_word(order.order),
                                           .proposal = ethereum::digest_word(order.proposal)});
  if (said && said->state == Submission::State::final) return {};
  if (said) return fail(ErrorKind::busy, "it is not final on the chain yet");
  // The others were enough: the contract takes no further word on this order.
  const auto booked = state_->ledger.book().order(ethereum::order_word(order.order));
  if (booked && booked->state == ethereum::BookState::executed &&
      booked->proposal == ethereum::digest_word(order.proposal))
    return {};
  // The chain answers and the station's proposal is not in a block yet: it will be soon.
  if (said.error().kind == ErrorKind::unavailable && booked && booked->state == ethereum::BookState::none)
    return fail(ErrorKind::busy, said.error().what);
  const bool for_good = said.error().kind == ErrorKind::denied || said.error().kind == ErrorKind::conflict;
  if (!for_good) return forward(said);
  state_->log.error(cat("order ", order.order, " is not approved on the chain: ", said.error().what));
  return {};
}

}  // namespace oree::authority

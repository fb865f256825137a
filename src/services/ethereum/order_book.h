// The contract's face: contracts/OrderBook.sol in terms of this program.
//
// Calls are bytes for a transaction (see sender.h and chain_ledger.h, which send them); questions are
// answered by a node. Digests are SHA-256: `proposal` of the proposal's text, `data_root` of the evidence's
// manifest, and an order is known on the chain by order_word(its id). Thread-safe, as Rpc is.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "platform/crypto/crypto.h"
#include "services/ethereum/rpc.h"

namespace oree::ethereum {

enum class BookState : uint8_t { none, proposed, executed, refused };
enum class BookDecision : uint8_t { none, approved, refused };

// Who decides in a new book; the contract refuses a list with doubles and a threshold that is 0 or beyond it.
struct BookSetup {
  std::vector<Address> authorities;
  uint64_t threshold = 0;
  Address station;
  bool operator==(const BookSetup&) const = default;
};

struct BookedOrder {
  BookState state = BookState::none;
  Word proposal{}, data_root{};
  ChainTime expires{};  // that second is the last
  uint64_t approvals = 0, refusals = 0;
};

struct BookEvent {
  enum class Kind : uint8_t { proposed, approved, refused, executed };
  Kind kind = Kind::proposed;
  Word order{}, proposal{};
  Word data_root{};     // of proposed and executed
  Address authority{};  // of approved and refused
  ChainTime expires{};  // of proposed
  uint64_t block = 0;
  Word transaction{};
  uint64_t index = 0;
};
std::string_view word_of(BookEvent::Kind kind);  // "Executed"

Word order_word(std::string_view order_id);  // SHA-256 of the id
inline Word digest_word(const crypto::Digest& digest) {
  return digest.bytes;
}

ByteBuffer deploy_code(const BookSetup& setup);
ByteBuffer propose_call(const Word& order, const Word& proposal, const Word& data_root, ChainTime expires);
ByteBuffer approve_call(const Word& order, const Word& proposal);
ByteBuffer refuse_call(const Word& order, const Word& proposal);

const std::vector<Word>& event_topics();
// `not_found` for a log that is none of the contract's events, `invalid` for one whose fields are wrong.
Result<BookEvent> parse_event(const LogEntry& log);
// A refusal of the contract in words: `denied` for strangers, `conflict` for the rest; other faults as they
// are.
Error explain(const RpcFault& fault);

class OrderBook {
 public:
  OrderBook(Rpc& rpc, const Address& contract) : rpc_(rpc), contract_(contract) {}
  const Address& address() const { return contract_; }

  // Each as of a block. `not_found` when there was no such contract then.
  Result<BookedOrder> order(const Word& order, BlockAt at = {}) const;
  Result<BookDecision> decision(const Word& order, const Address& authority, BlockAt at = {}) const;
  Result<BookSetup> setup(BlockAt at = {}) const;

 private:
  Result<ByteBuffer> ask(ByteBuffer call, BlockAt at) const;
  Rpc& rpc_;
  Address contract_;
};

}  // namespace oree::ethereum

// Orders on a chain: what the contract did, told once it can no longer be undone, and one's own calls brought
// there exactly once.
//
// A station proposes and waits for Executed:
//   ChainLedger ledger(rpc, settings, clock, station_key);
//   ledger.submit({.kind = BookCall::Kind::propose, …});   // until `final`; again after every restart
//   auto news = ledger.look(position);                     // each period; save events and news->position
//   together
// An authority decides with its own key: submit({.kind = BookCall::Kind::approve, …}).
//
// Final means: the block has `confirmations` blocks on top. By default those are floor(signers / 2) + 1,
// because on a Clique chain a minority of signers cannot write that many alone. look() reads from the last
// final block on in bounded ranges and checks each time that this block is still the one it was, so a node
// that was away, restarted or exchanged changes nothing; a chain rewritten below finality is an error and is
// for people.
//
// submit() looks into the contract before it sends: what was done in an earlier life is not done again. It
// does not wait; ask again each period. Blocking calls to the node; not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "services/ethereum/order_book.h"
#include "services/ethereum/sender.h"

namespace oree::ethereum {

struct ChainSettings {
  uint64_t chain_id = 0;
  Address contract;
  uint64_t first_block = 0;  // the one that made the contract, or an earlier one
  unsigned signers = 3;
  std::optional<uint64_t> confirmations;
  milliseconds period{
      5'000};              // between blocks; 0: only when there is work, and then it is never called halted
  uint64_t range = 1'000;  // blocks per question for logs; halved when the node finds it too much
  FeePolicy fees;
};
uint64_t finality_depth(const ChainSettings& settings);

// How far somebody has read: everything before `next`, whose last block had this hash. As text for a settings
// table.
struct ChainPosition {
  uint64_t next = 0;
  Word last_hash{};  // zero: nothing was read yet
  bool operator==(const ChainPosition&) const = default;
  std::string text() const;  // "1234 0x…"
};
Result<ChainPosition> parse_position(std::string_view text);

struct ChainNews {
  std::vector<BookEvent> events;  // final, in the chain's order
  ChainPosition position;         // read on from here
  bool more = false;              // there is more to read at once
};

enum class ChainState : uint8_t { unknown, live, halted, wrong_chain, rewritten, away };
std::string_view word_of(ChainState state);

struct ChainHealth {
  ChainState state = ChainState::unknown;
  std::string sentence;  // what a person should know; "" when live
  uint64_t head = 0;
  ChainTime head_time{};
};

struct BookCall {
  enum class Kind : uint8_t { propose, approve, refuse };
  Kind kind = Kind::propose;
  Word order{}, proposal{};
  Word data_root{};     // to propose
  ChainTime expires{};  // to propose
};

struct Submission {
  enum class State : uint8_t { waiting, mined, final };
  State state = State::waiting;
  std::optional<Word> transaction;  // none: sent in an earlier life; the event names it
};

class ChainLedger {
 public:
  // Without a key it only looks. `rpc` and `clock` must outlive it.
  ChainLedger(Rpc& rpc, const ChainSettings& settings, const Clock& clock, std::optional<Key> key = {});

  // From `position` (a default one: the contract's first block). `conflict` on another chain, `corrupt` when
  // what was final has changed, `not_found` when the node has not come as far; then nothing was read.
  Result<ChainNews> look(const ChainPosition& position);
  // `denied` and `conflict` when the contract refuses or says otherwise, for good; `unavailable` when the
  // order is not proposed yet; else see Sender and Rpc.
  Result<Submission> submit(const BookCall& call);

  const OrderBook& book() const { return book_; }
  ChainHealth health() const { return health_; }  // as of the last look() or submit()

 private:
  Status meet();
  Status check_chain();
  Status check_anchor(const ChainPosition& position);
  void judge_head(const Block& head);
  std::unexpected<Error> away(Error error);
  Result<std::vector<BookEvent>> read_range(uint64_t from, uint64_t& to, Word& last_hash);
  Result<std::vector<LogEntry>> fetch_logs(uint64_t from, uint64_t& to);
  Result<bool> is_done(const BookCall& call, BlockAt at) const;
  Result<Submission> finish(const BookCall& call, const std::string& name);
  std::optional<uint64_t> final_block() const;

  Rpc& rpc_;
  ChainSettings settings_;
  const Clock& clock_;
  OrderBook book_;
  std::optional<Sender> sender_;
  ChainHealth health_;
  bool chain_checked_ = false;
  uint64_t range_;
  std::optional<MonoTime> moved_;  // when a new head was last seen to come
};

}  // namespace oree::ethereum

// Gets calls of one key into blocks: chooses nonce, gas and fees, notices what is stuck, and never needs to
// be told twice.
//
//   Result<Sent> sent = sender.send("approve 4f2a…", book, approve_call(order, proposal));   // again and
//   again
//
// send() with the same name is asked for as often as wanted, until it says `mined`: it sends at first, then
// looks for the receipt, sends again what the node no longer knows, replaces with higher fees what waited
// longer than `patience`, and gives more gas to what ran out of it. It does not wait. Several names may be
// under way.
//
// Nothing is kept on disk. A process that was killed after it sent takes the first nonce that is in no block
// again: either the same bytes come out and the node knows them, or they replace what lies there. One of them
// gets into a block, never both; so whoever asks must look into the contract first (ChainLedger does). A call
// that another one replaced must be asked for again by its owner. One Sender per key; not thread-safe.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "services/ethereum/rpc.h"
#include "services/ethereum/wire/transaction.h"

namespace oree::ethereum {

struct FeePolicy {
  uint64_t ceiling = 500'000'000'000;  // wei per gas: never offers more
  bool legacy = false;            // one gas price, for chains before London; found out by itself when false
  milliseconds patience{30'000};  // then the fees go up by a quarter
  uint64_t max_gas = 8'000'000;
};

struct Sent {
  bool mined = false;  // in a block, and it succeeded; that block may still be dropped
  Word transaction{};  // the newest version; zero while an older one of an earlier life holds its place
  uint64_t block = 0;
  std::optional<Address> contract;  // that was made
};

class Sender {
 public:
  Sender(Rpc& rpc, Key key, uint64_t chain_id, const FeePolicy& policy, const Clock& clock)
      : rpc_(rpc), key_(std::move(key)), chain_id_(chain_id), policy_(policy), clock_(clock) {}
  const Address& address() const { return key_.address(); }

  // `denied` and `conflict` when the contract would refuse, `busy` when the chain asks for more than the
  // ceiling, `unavailable` when the account cannot pay; else as Rpc.
  Result<Sent> send(const std::string& name, const std::optional<Address>& to, const ByteBuffer& data);
  // Stops looking after it. What it knew.
  std::optional<Sent> forget(const std::string& name);

 private:
  struct Flight {
    Transaction transaction;
    std::vector<Word> versions;  // each may be the one that gets into a block
    MonoTime since;
    unsigned failures = 0;
  };
  using Flights = std::map<std::string, Flight>;

  Result<Fees> quote();
  Result<uint64_t> gas_for(const Transaction& transaction);
  Result<uint64_t> free_nonce();
  Result<Sent> take_off(const std::string& name, Transaction transaction, unsigned failures);
  // The node took it, or has it: true. False: another transaction holds the place and cannot be outbid.
  Result<bool> push(Flight& flight);
  Result<Sent> look_after(Flights::iterator found);
  Result<Sent> after_failure(Flights::iterator found);

  Rpc& rpc_;
  Key key_;
  uint64_t chain_id_;
  FeePolicy policy_;
  const Clock& clock_;
  Flights flights_;
};

}  // namespace oree::ethereum

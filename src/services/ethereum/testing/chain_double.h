// A chain in a test's hand: an HTTP server that speaks JSON-RPC, makes blocks when told to, and misbehaves on
// request.
//
// It keeps a pool with the rules of real nodes (nonces, replacement by a tenth more), and knows what the
// order book does; who may do it is not checked, since the real contract has tests of its own. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "platform/http/server.h"
#include "services/ethereum/order_book.h"
#include "services/ethereum/wire/transaction.h"

namespace oree::ethereum::testing {

class ChainDouble {
 public:
  static constexpr uint64_t kChain = 1'337;
  static const Address kContract;

  explicit ChainDouble(const Clock& clock);
  RpcOptions options() const;

  // One block after the other, at the clock's time; the first takes what the pool holds.
  void mine(uint64_t blocks = 1);
  // The last blocks are exchanged for as many others, without what they held.
  void reorganise(uint64_t depth);
  void lose_pool();
  // Somebody else who holds the key gets a transaction into the next block.
  void spend_nonce(const Address& account);
  // Also answers logs of blocks that were dropped, marked as such.
  void add_removed_log(const Word& order);
  void add_log(const LogEntry& log);

  uint64_t transactions(const Address& account) const;  // in blocks
  size_t pool_size() const;
  uint64_t pool_fee(const Address& account, uint64_t nonce) const;
  uint64_t pool_gas(const Address& account, uint64_t nonce) const;
  size_t asked(std::string_view method) const;

  // Faults; set before a call.
  struct Faults {
    uint64_t chain_id = kChain;
    uint64_t logs_range = UINT64_MAX;  // more blocks at once are "too many"
    uint64_t needed_gas = 50'000;      // a transaction with less fails in its block
    uint64_t estimate = 60'000;
    uint64_t base_fee = 1'000'000'000, tip = 1'000'000'000;
    bool poor = false;              // no account has money
    bool away = false;              // HTTP 503
    bool swallows_answers = false;  // takes transactions and then answers 502
  };
  void set(const Faults& faults);

 private:
  struct Entry {
    Transaction transaction;
    Word hash{};
    Address sender;
  };
  struct Order {
    BookedOrder booked;
    std::map<Address, BookDecision> decisions;
  };
  using Book = std::map<Word, Order>;
  struct Made {
    Block block;
    std::vector<LogEntry> logs;
    Book book;  // after it
    std::map<Address, uint64_t> counts;
  };
  using Place = std::pair<Address, uint64_t>;

  http::Response answer(const http::Request& request);
  json::Value result(std::string_view method, const json::Array& parameters, json::Value& error);
  json::Value take(std::string_view raw, json::Value& error);
  json::Value call(const json::Array& parameters) const;
  json::Value logs(const json::Value& filter, json::Value& error) const;
  json::Value receipt(std::string_view hash) const;
  json::Value transaction(std::string_view hash) const;
  void make_block();
  void apply(const Entry& entry, Made& made);
  void emit(Made& made, const Entry& entry, std::string_view event, std::vector<Word> topics,
            ByteBuffer data);

  const Clock& clock_;
  mutable std::mutex mutex_;
  Faults faults_;
  std::vector<Made> chain_;
  uint64_t salt_ = 0;  // makes hashes differ
  std::map<Place, Entry> pool_;
  std::map<Address, uint64_t> counts_;
  std::map<Word, Receipt> receipts_;
  std::vector<LogEntry> extra_logs_;
  std::map<std::string, size_t, std::less<>> asked_;
  NullLog log_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace oree::ethereum::testing

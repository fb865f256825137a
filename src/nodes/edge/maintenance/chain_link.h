// The second ledger: each proposal goes to the contract, authorities approve there with keys of their own,
// and an order counts as executed once that block is final. One thread; what was read is remembered in a
// file, so that a restart reads on. Thread-safe.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/log.h"
#include "nodes/edge/settings/maintenance_fields.h"
#include "platform/files/files.h"
#include "services/approvals/statement.h"
#include "services/ethereum/chain_ledger.h"
#include "services/orders/order_store.h"

namespace oree::edge {

class ChainLink {
 public:
  struct World {
    Clock& clock;
    files::Disk& disk;
    Log& log;
    orders::OrderStore& orders;
    std::function<Result<approvals::Signed>(const orders::Order&)> proposal_of;
    std::function<void()> on_executed;  // an order may be sealed now
  };
  static Result<std::unique_ptr<ChainLink>> open(const ChainSetting& setting,
                                                 const std::filesystem::path& folder, World world);
  ~ChainLink() { stop(); }
  void start();
  void stop();
  void wake();

  // Executed on the chain, finally.
  bool is_executed(const orders::Order& order) const;
  json::Value json() const;

 private:
  ChainLink(const ChainSetting& setting, ethereum::Key key, std::filesystem::path folder, World world);
  void work(const std::stop_token& stop);
  bool propose_open();
  bool propose(const ethereum::Word& word, const orders::Order& order);
  Status read();
  Status take(const ethereum::BookEvent& event);
  void note_health(const Status& status);

  const ChainSetting& setting_;
  World world_;
  const std::filesystem::path position_file_;
  ethereum::Rpc rpc_;
  ethereum::ChainLedger ledger_;
  ethereum::ChainPosition position_;
  std::map<ethereum::Word, std::string> open_;  // orders that wait for Executed
  std::set<ethereum::Word> settled_;            // of them, whose proposal is final
  mutable std::mutex mutex_;                    // the rest
  std::condition_variable_any wake_;
  bool woken_ = false;
  ethereum::ChainHealth health_;
  std::string error_;
  std::jthread thread_;
};

}  // namespace oree::edge

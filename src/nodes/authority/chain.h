// This authority on a chain: brings each approval into the contract of contracts/OrderBook.sol, signed by a
// key of its own. For Teller: what is not final yet is asked about again.
#pragma once

#include <memory>

#include "base/log.h"
#include "nodes/authority/settings.h"
#include "nodes/authority/store.h"

namespace oree::authority {

class Chain {
 public:
  // Makes the key where there is no file. `clock` and `log` must outlive it.
  static Result<std::unique_ptr<Chain>> open(const ChainSetting& setting, const Clock& clock, Log& log);
  ~Chain();

  std::string address() const;  // "0x…"
  // `busy` until it is final; well, with a line in the log, when the contract refuses it for good. One
  // thread.
  Status approve(const ApprovedOrder& order);

 private:
  struct State;
  explicit Chain(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::authority

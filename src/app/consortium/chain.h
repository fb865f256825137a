// Brings the orders' contract onto a chain.
#pragma once

#include <string>

#include "base/clock.h"
#include "services/ethereum/order_book.h"
#include "services/ethereum/wire/key.h"

namespace oree::app {

struct Deployed {
  ethereum::Address contract;
  uint64_t chain_id = 0;
  uint64_t block = 0;
};
// Sends the contract and waits until it is in a block; `timeout` after `patience`.
Result<Deployed> deploy_book(const std::string& rpc, const ethereum::Key& key,
                             const ethereum::BookSetup& setup, const Clock& clock, milliseconds patience);

}  // namespace oree::app

// A transaction as bytes that a node takes: the old kind with the chain's number in its signature (EIP-155),
// and the kind with a base fee (EIP-1559).
//
// Fees are wei per unit of gas, amounts wei; both fit 64 bits here (18 ether), because nothing in this
// product moves money. No `to` makes a contract. Values, no threads. Verified against published vectors and a
// second implementation.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "services/ethereum/wire/key.h"

namespace oree::ethereum {

struct Fees {
  bool legacy = false;    // one gas price: `highest`
  uint64_t highest = 0;   // maxFeePerGas
  uint64_t priority = 0;  // maxPriorityFeePerGas; not for legacy
  bool operator==(const Fees&) const = default;
};

struct Transaction {
  uint64_t chain_id = 0;
  uint64_t nonce = 0;
  Fees fees;
  uint64_t gas = 0;
  std::optional<Address> to;
  uint64_t value = 0;
  ByteBuffer data;
  bool operator==(const Transaction&) const = default;
};

struct SignedTransaction {
  ByteBuffer raw;
  Word hash{};  // what a node and a receipt call it
};

// What is signed.
Word signing_hash(const Transaction& transaction);
SignedTransaction sign(const Transaction& transaction, const Key& key);
// 21,000, 16 for each byte that is not zero, 4 for each that is, and 32,000 for making a contract: no node
// takes less.
uint64_t intrinsic_gas(const Transaction& transaction);
// Where a contract lands that `sender` makes with this nonce.
Address contract_address(const Address& sender, uint64_t nonce);

struct ParsedTransaction {
  Transaction transaction;
  Address sender;
};
// The way back, for tests and doubles: `invalid` for what is not one of the two kinds or not signed.
Result<ParsedTransaction> parse_transaction(ByteView raw);

}  // namespace oree::ethereum

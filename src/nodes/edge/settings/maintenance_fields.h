// The `maintenance` part of station.yaml: what makes an order, who approves it, who hears of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/ledger/note.h"
#include "platform/config/node.h"
#include "platform/crypto/signing.h"
#include "services/erp/settings.h"
#include "services/ethereum/wire/word.h"
#include "services/events/subscription.h"
#include "services/orders/plan.h"

namespace oree::edge {

struct AuthoritySetting {
  std::string name;
  std::string url;
  crypto::PublicKey key;                       // of its decisions
  std::optional<ledger::VerifierKey> witness;  // of its cosignatures; without one it is no witness
};

// A second ledger: the contract of contracts/OrderBook.sol on a chain of the consortium's own.
struct ChainSetting {
  std::string rpc;
  uint64_t chain_id = 0;
  ethereum::Address contract;
  std::filesystem::path key_file;
  uint64_t first_block = 0;
  unsigned signers = 3;
  std::optional<uint64_t> confirmations;
  milliseconds period{5'000};
};

struct MaintenanceFile {
  std::vector<orders::OrderRule> orders;
  std::vector<AuthoritySetting> authorities;
  int quorum = 0;  // of them
  std::optional<ChainSetting> chain;
  std::optional<erp::Settings> erp;
  std::vector<events::Subscription> events;
  std::string evidence_url;  // where authorities reach this station; "" = its own address
};

// `invalid` lists every mistake with its place. Relative paths are taken from `folder`.
Result<MaintenanceFile> parse_maintenance(const config::Node& node, const std::filesystem::path& folder);

}  // namespace oree::edge

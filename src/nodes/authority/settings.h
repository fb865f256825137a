// authority.yaml: the rules of approvals/rules.h, and how the service around them runs. Values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/crypto/crypto.h"
#include "services/approvals/evidence_check.h"
#include "services/approvals/rules.h"

namespace oree::authority {

// Somebody who may decide what the rules leave open.
struct Person {
  std::string name;
  crypto::Digest token;  // SHA-256 of the secret that the person types in
};

// The contract on a chain that approvals go to besides.
struct ChainSetting {
  std::string rpc;  // of a node, "http://127.0.0.1:8545"
  uint64_t chain_id = 0;
  std::string contract;            // "0x…"
  std::filesystem::path key_file;  // secp256k1
  uint64_t first_block = 0;
  unsigned signers = 3;
  std::optional<uint64_t> confirmations;
  milliseconds period{5'000};
};

struct Settings {
  approvals::Rules rules;
  std::string address = "127.0.0.1";
  uint16_t port = 8100;                 // 0: any free one
  std::vector<Person> people;           // empty: whoever asks from this very machine
  milliseconds answer_within{2'000};    // how long a proposal's sender waits for the first answer
  milliseconds fetch_deadline{10'000};  // for all of one order's evidence
  approvals::EvidenceLimits limits;
  std::optional<ChainSetting> chain;
  unsigned fetchers = 4;  // stations whose evidence is fetched at the same time
};

// Relative paths are taken from the folder of `file`.
Result<Settings> parse_settings(std::string_view text, std::string_view file);
Result<Settings> load_settings(const std::filesystem::path& file);

}  // namespace oree::authority

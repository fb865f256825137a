// The station's ledger and those who witness it: entries are appended, the newest checkpoint goes to every
// witness, and a checkpoint that enough of them cosigned is kept. From it come the proofs. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ledger/log.h"
#include "core/ledger/proof.h"
#include "nodes/edge/settings/maintenance_fields.h"
#include "platform/files/files.h"
#include "platform/json/value.h"

namespace oree::edge {

// What an order leaves in the ledger (docs/formats/ledger.md).
struct LedgerEntry {
  std::string order, state, evidence, proposal, decisions;
  int64_t at = 0;  // Unix ms
};
std::string print(const LedgerEntry& entry);
std::optional<LedgerEntry> parse_entry(std::string_view text);

class Notary {
 public:
  static Result<std::unique_ptr<Notary>> open(const std::filesystem::path& folder, const std::string& station,
                                              const crypto::SigningKey& key, const MaintenanceFile& file,
                                              files::Disk& disk, const Clock& clock);

  // The index under which the entry stands, durable; of one that is there already, the old one.
  Result<uint64_t> append(const LedgerEntry& entry);
  uint64_t size() const;
  uint64_t cosigned_size() const;  // entries below it can be proven
  std::vector<std::string> cosigned_by() const;

  // The body that asks a witness, which last confirmed `old` entries, for the newest checkpoint; both sizes.
  struct Request {
    uint64_t old = 0, size = 0;
    std::string body;
  };
  Result<Request> request(uint64_t old);
  // What the witness answered for that size. `denied` when it is not its signature.
  Status add_cosignature(const ledger::VerifierKey& witness, uint64_t size, std::string_view lines);

  // `busy` while too few witnesses have signed.
  Result<std::string> proof(uint64_t index);
  Result<std::string> file(const std::string& path);
  json::Value json() const;
  Result<json::Value> entries_json(uint64_t from, size_t limit);

 private:
  Notary(std::unique_ptr<ledger::Log> log, ledger::Policy policy, const Clock& clock)
      : log_(std::move(log)), policy_(std::move(policy)), clock_(clock) {}
  Status load();
  void learn_entry(const ledger::Entry& entry);
  Status keep_when_enough(uint64_t size);
  std::optional<std::string> round_for(uint64_t old);

  const std::unique_ptr<ledger::Log> log_;
  const ledger::Policy policy_;  // its quorum is what a proof must have
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> recent_;  // "order state" → index, of the newest entries
  struct Collecting {                       // cosignatures of one checkpoint
    std::string note;
    std::map<std::string, std::string> lines;  // witness → its line
  };
  std::map<uint64_t, Collecting> collecting_;  // by size
  uint64_t round_ = 0;                         // the size that all witnesses are asked for now
  MonoTime round_began_;
  uint64_t cosigned_size_ = 0;
  std::vector<std::string> cosigned_by_;
};

}  // namespace oree::edge

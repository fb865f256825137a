// A proof that one entry is in a log, which anybody can check for ever without network
// (c2sp.org/tlog-proof@v1).
//
// The file: "c2sp.org/tlog-proof@v1", "extra " and the entry in base64, "index N", the hashes of the path, an
// empty line, the checkpoint with the signatures of the log and of its witnesses. About 1.8 kB. Pure
// functions.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ledger/note.h"

namespace oree::ledger {

constexpr size_t kMaxProofBytes = 256 << 10;

struct Proof {
  ByteBuffer entry;
  uint64_t index = 0;
  std::vector<Hash> path;
  std::string checkpoint;  // the note, verbatim
  bool operator==(const Proof&) const = default;
};
std::string print_proof(const Proof& proof);
// `invalid` with the number of the line. A proof without `extra` has an empty entry.
Result<Proof> parse_proof(std::string_view text);

// Whom to believe.
struct Policy {
  VerifierKey log;  // its name is the log's origin
  std::vector<VerifierKey> witnesses;
  size_t quorum = 0;  // so many of them must have cosigned
};
// Keys of the right types, no public key twice, quorum not above the number of witnesses.
Status check_policy(const Policy& policy);
// c2sp.org/tlog-policy with one log, and a quorum that is none, a witness or one group of witnesses.
Result<Policy> parse_policy(std::string_view text);

struct Cosigner {
  std::string name;
  int64_t unix_seconds = 0;  // when it had seen no larger tree
};

struct Proven {
  ByteBuffer entry;
  uint64_t index = 0;
  uint64_t size = 0;
  Hash root;
  std::string origin;
  std::vector<Cosigner> witnesses;  // in the policy's order
};

enum class ProofPart {
  policy,         // it contradicts itself
  checkpoint,     // unreadable, or of another log
  log_signature,  // missing or wrong: the checkpoint was altered, or another key signed it
  index,          // not in a tree of that size
  path,           // it has too few or too many hashes
  entry,    // the entry, its index or a hash of the path was altered: they do not lead to the signed root
  witness,  // a cosignature is wrong
  quorum,   // too few cosignatures
};
std::string_view name_of(ProofPart part);

struct ProofFault {
  ProofPart part;
  std::string what;
  std::string witness;  // the name, for ProofPart::witness
  Error error() const;  // `denied`
};

// Everything about the checkpoint is checked before anything that depends on it.
std::expected<Proven, ProofFault> verify_proof(const Proof& proof, const Policy& policy);
// The checkpoint alone: who signed and cosigned it.
std::expected<std::pair<Checkpoint, std::vector<Cosigner>>, ProofFault> verify_checkpoint(
    std::string_view note, const Policy& policy);

}  // namespace oree::ledger

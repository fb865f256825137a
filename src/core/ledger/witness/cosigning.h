// The log's side of witnessing: shows a checkpoint to each witness and gathers the cosignatures.
//
// No threads of its own: the witnesses are asked one after another, by functions that the caller gives (an
// HTTP request, or a Witness in the same process).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/ledger/log.h"
#include "core/ledger/proof.h"
#include "core/ledger/witness/witness.h"

namespace oree::ledger {

struct WitnessDoor {
  VerifierKey key;
  std::function<Result<WitnessAnswer>(const std::string& body)> post;  // POST …/add-checkpoint
  uint64_t known_size = 0;  // what the witness is thought to know; kept up to date here
};

struct Refusal {
  std::string witness;
  // `unavailable` it could not be asked, `denied` it will not sign: it has seen another history, or does not
  // know the log, `invalid` what it gave is no cosignature of its key
  Error error;
};

struct Cosigned {
  std::string checkpoint;  // the note, with every cosignature that was got
  uint64_t size = 0;
  size_t count = 0;  // cosignatures
  std::vector<Refusal> refusals;
};

// The newest checkpoint of the log, shown to all. Kept by the log (keep_cosigned) when at least `quorum`
// signed. Fails only when the log itself does.
Result<Cosigned> gather_cosignatures(Log& log, std::vector<WitnessDoor>& witnesses, size_t quorum);

// The proof for one entry under a checkpoint of the log, as long as that covers it.
Result<Proof> make_proof(const Log& log, uint64_t index, std::string_view checkpoint);

}  // namespace oree::ledger

// What a log asks of a witness: POST add-checkpoint of c2sp.org/tlog-witness.
//
// The body: "old " and the size the witness knows, the hashes of a consistency proof in base64 one per line,
// an empty line, the signed checkpoint. Pure functions; errors are `invalid`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ledger/note.h"

namespace oree::ledger {

struct WitnessRequest {
  uint64_t old_size = 0;
  std::vector<Hash> proof;
  std::string checkpoint;  // the note, verbatim
  bool operator==(const WitnessRequest&) const = default;
};
std::string print_request(const WitnessRequest& request);
Result<WitnessRequest> parse_request(std::string_view body);

}  // namespace oree::ledger

// Arbitrary bytes as a request to a witness, and as its answer: what is accepted prints back to the same
// bytes, and checking its proof ends.
#include <cstdlib>

#include "core/ledger/witness/request.h"

using namespace oree;
using namespace oree::ledger;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto request = parse_request(body)) {
    require(print_request(*request) == body);
    require(request->proof.size() <= kMaxProofHashes);
    const auto note = parse_note(request->checkpoint);
    const auto checkpoint = note ? parse_checkpoint(note->text) : Result<Checkpoint>(forward(note));
    if (checkpoint)
      (void)verify_consistency(request->old_size, checkpoint->size, empty_root(), checkpoint->root,
                               request->proof);
  }
  (void)parse_lines(body);
  return 0;
}

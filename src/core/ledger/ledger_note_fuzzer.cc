// Arbitrary bytes as a note, a checkpoint, a verifier key, a tile's name and a policy: what is accepted
// prints back to the same bytes.
#include <cstdlib>

#include "core/ledger/proof.h"
#include "core/ledger/tree/tiles.h"

using namespace oree;
using namespace oree::ledger;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto note = parse_note(text)) {
    require(print_note(*note) == text);
    require(note->signatures.size() <= kMaxSignatures);
    if (const auto checkpoint = parse_checkpoint(note->text))
      require(print_checkpoint(*checkpoint) == note->text);
  }
  if (const auto checkpoint = parse_checkpoint(text)) require(print_checkpoint(*checkpoint) == text);
  if (const auto key = parse_verifier_key(text)) require(key->text() == text);
  if (const auto name = parse_tile_name(text)) require(print_tile_name(*name) == text);
  if (const auto policy = parse_policy(text)) require(check_policy(*policy).has_value());
  return 0;
}

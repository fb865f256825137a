// Arbitrary bytes as a proof and as a journal: what is accepted prints back to the same bytes, checking it
// ends, and nothing that the fuzzer makes up is proven.
#include <cstdlib>

#include "core/ledger/journal.h"
#include "core/ledger/proof.h"

using namespace oree;
using namespace oree::ledger;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Policy some_policy() {
  std::array<std::byte, 32> seed{};
  Policy policy{
      {"oree/lathe/orders", KeyType::note, crypto::SigningKey::from_seed(seed).public_key()}, {}, 1};
  seed[0] = std::byte{1};
  policy.witnesses.push_back(
      {"factory", KeyType::cosignature, crypto::SigningKey::from_seed(seed).public_key()});
  return policy;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Policy policy = some_policy();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto proof = parse_proof(text)) {
    require(print_proof(*proof) == text);
    require(!verify_proof(*proof, policy));
    if (const auto root = root_by_path(leaf_hash(proof->entry), proof->index, proof->index + 1, proof->path))
      require(proof->path.size() <= kMaxProofHashes);
  }
  if (const auto journal = read_journal(as_bytes(text))) require(journal->end <= size);
  return 0;
}

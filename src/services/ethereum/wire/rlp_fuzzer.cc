// Arbitrary bytes as RLP and as a signed transaction: what is accepted prints back to the same bytes.
#include <algorithm>
#include <cstdlib>

#include "services/ethereum/wire/rlp.h"
#include "services/ethereum/wire/transaction.h"

using namespace oree;
using namespace oree::ethereum;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  if (const auto item = rlp::parse(bytes)) {
    if (!std::ranges::equal(rlp::print(*item), bytes)) std::abort();
    (void)rlp::number(*item);
  }
  if (const auto parsed = parse_transaction(bytes)) {
    // Another key signs the same fields: they must survive the way there and back.
    static const Key key = Key::generate();
    const auto again = parse_transaction(sign(parsed->transaction, key).raw);
    if (!again || again->transaction != parsed->transaction || again->sender != key.address()) std::abort();
  }
  return 0;
}

// Arbitrary bytes as each kind of metadata: what is accepted means the same when it is written otherwise, and
// no bytes are ever trusted without the signatures of a root that nobody has.
#include <cstdlib>

#include "core/tuf/metadata/canonical.h"
#include "core/tuf/metadata/paths.h"
#include "core/tuf/trusted_set.h"

using namespace oree;
using namespace oree::tuf;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void read_twice(ByteView bytes) {
  const auto envelope = parse_metadata<T>(bytes);
  if (!envelope) return;
  require(envelope->body.common.version > 0);
  // Written otherwise, it means the same. (The canonical form itself is no JSON: it escapes no line ends.)
  const auto whole = json::parse(as_text(bytes)).value();
  const std::string again = R"({"signed":)" + json::print(*whole.find("signed"), 2) + R"(,"signatures":[]})";
  const auto same = parse_metadata<T>(as_bytes(again));
  require(same && same->signed_bytes == envelope->signed_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  read_twice<Root>(bytes);
  read_twice<Timestamp>(bytes);
  read_twice<Snapshot>(bytes);
  read_twice<Targets>(bytes);
  if (const auto targets = parse_metadata<Targets>(bytes)) {
    for (const auto& delegation : targets->body.delegations) {
      std::ignore = covers(delegation, "models/ducks/2.oci");
      require(!quote_name(delegation.name).contains('/'));
    }
  }
  if (const auto targets = parse_metadata<Targets>(bytes); targets && targets->body.bins)
    require(is_bin(*targets->body.bins, bin_of(*targets->body.bins, "models/ducks/2.oci")));
  if (auto set = TrustedSet::start(bytes, {})) std::ignore = set->update_root(bytes);
  const std::string_view text = as_text(bytes);
  const size_t half = text.size() / 2;
  std::ignore = matches_pattern(text.substr(0, half), text.substr(half));
  return 0;
}

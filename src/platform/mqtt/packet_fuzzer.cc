// The first byte says which version and how many bytes come first; the rest is what a peer sends. What is
// decoded must encode to bytes that decode to a packet which encodes to the same bytes.
#include <cstdlib>

#include "platform/mqtt/codec.h"

using namespace oree;
using namespace oree::mqtt;

namespace {

Version version_of(const Packet& packet, Version version) {
  const auto* const connect = std::get_if<Connect>(&packet);
  return connect != nullptr ? connect->version : version;
}

void check_round_trip(const Packet& packet, Version version) {
  const auto* const connack = std::get_if<Connack>(&packet);
  if (connack != nullptr && version == Version::v311) return;  // its codes are mapped, not copied
  ByteBuffer first;
  encode(packet, version, first);
  const auto frame = split_frame(first, kLargestRemaining);
  if (!frame || !*frame || (*frame)->size != first.size()) std::abort();
  const auto again = decode(**frame, version);
  if (!again) std::abort();
  ByteBuffer second;
  encode(*again, version_of(*again, version), second);
  if (first != second) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Version version = (data[0] & 1U) != 0 ? Version::v5 : Version::v311;
  ByteView left(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  while (true) {
    const auto frame = split_frame(left, 1 << 20);
    if (!frame || !*frame) return 0;
    const auto packet = decode(**frame, version);
    if (!packet) return 0;
    check_round_trip(*packet, version_of(*packet, version));
    left = left.subspan((*frame)->size);
  }
}

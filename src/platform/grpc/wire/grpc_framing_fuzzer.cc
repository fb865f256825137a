// A stream of messages from a client that may say anything, in pieces of any size.
#include <cstdint>

#include "platform/grpc/wire/message_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::grpc;
  if (size < 2) return 0;
  constexpr size_t kMax = 1 << 16;
  MessageReader reader;
  reader.reset(static_cast<Encoding>(data[0] % 3), kMax);
  const size_t piece = size_t{data[1]} + 1;
  std::string_view rest(reinterpret_cast<const char*>(data + 2), size - 2);
  while (!rest.empty()) {
    const auto taken = reader.feed(rest.substr(0, piece));
    if (!taken) return 0;
    if (*taken == 0 || reader.message().size() > kMax) __builtin_trap();
    rest.remove_prefix(*taken);
    if (reader.complete()) reader.next();
  }
  return 0;
}

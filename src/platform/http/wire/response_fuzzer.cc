// First byte: in which portions an answer arrives, and whether it answers HEAD.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "platform/http/wire/reader.h"

using namespace oree::http;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ReadLimits limits{.max_header_bytes = 512, .max_body_bytes = 4096};
  ResponseReader reader(limits, data[0] >= 128);
  std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string unread;
  while (!stream.empty() && (reader.state() == ReadState::head || reader.state() == ReadState::body)) {
    const auto piece = stream.substr(0, data[0] % 32 + 1u);
    unread += piece;
    stream.remove_prefix(piece.size());
    unread.erase(0, reader.feed(unread));
  }
  reader.feed_end();
  if (reader.state() != ReadState::done && reader.state() != ReadState::refused) std::abort();
  if (reader.response().body.size() > limits.max_body_bytes) std::abort();
  return 0;
}

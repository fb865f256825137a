// What parses must print to the very same bytes.
#include <cstdlib>

#include "platform/mqtt/message.h"
#include "platform/mqtt/topic.h"

using namespace oree;
using namespace oree::mqtt;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView stored(reinterpret_cast<const std::byte*>(data), size);
  const auto message = parse_message(stored);
  if (message) {
    const ByteBuffer printed = print_message(*message);
    if (!std::equal(printed.begin(), printed.end(), stored.begin(), stored.end())) std::abort();
  }
  const std::string_view text = as_text(stored);
  const size_t half = text.size() / 2;
  const auto parts = parse_filter(text.substr(0, half));
  if (parts && is_topic_name(text.substr(half))) topic_matches(parts->filter, text.substr(half));
  return 0;
}

// Arbitrary bytes as what an engine says: reading ends, and gives no more than there was.
#include <cstdlib>

#include "services/modules/containers/engine_words.h"

using namespace oree::modules;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = demultiplex(bytes);
  if (text.size() > size) std::abort();
  const auto page = log_page(text, {.tail = size % 7});
  if (page.text.size() > text.size() + 1) std::abort();
  (void)log_page(text, {.after = page.cursor});
  (void)parse_engine_time(bytes);
  (void)cursor_seconds(bytes);
  const auto image = parse_image(bytes);
  if (image.name.size() + image.tag.size() > size) std::abort();
  return 0;
}

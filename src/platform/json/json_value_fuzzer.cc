// Whatever parses prints as something that parses to the same value, compact and indented.
#include <cstdint>
#include <cstdlib>

#include "platform/json/value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string quoted;
  oree::json::quote_to(quoted, text);
  if (!oree::json::parse(quoted)) std::abort();

  const auto value = oree::json::parse(text);
  if (!value) return 0;
  for (const int indent : {0, 2}) {
    const auto again = oree::json::parse(oree::json::print(*value, indent));
    if (!again || *again != *value) std::abort();
  }
  return 0;
}

// Whatever parses must be safe to write into a request.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "platform/http/client.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto url = oree::http::parse_url({reinterpret_cast<const char*>(data), size});
  if (!url) return 0;
  const auto dirty = [](const std::string& text) {
    return text.find_first_of(std::string("\0\r\n ", 4)) != text.npos;
  };
  if (url->host.empty() || url->port == 0 || !url->target.starts_with('/')) std::abort();
  if (dirty(url->host) || dirty(url->target) || url->host.find('@') != url->host.npos) std::abort();
  return 0;
}

// First line: the Content-Type; the rest: the body. Every part must lie inside the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "platform/http/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  const std::string_view body = input.substr(std::min(line + 1, input.size()));
  const auto parts = oree::http::parse_multipart(input.substr(0, line), body);
  if (!parts) return 0;
  if (parts->size() > 64) std::abort();
  for (const auto& part : *parts) {
    const auto* begin = reinterpret_cast<const char*>(part.data.data());
    if (begin < body.data() || begin + part.data.size() > body.data() + body.size()) std::abort();
  }
  return 0;
}

// First byte: how long the wanted name is; then the name, then the query. Decoding never grows a text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "platform/http/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const std::string_view name = input.substr(1).substr(0, data[0] % 16);
  oree::http::Request request;
  request.query = input.substr(1 + name.size());
  const auto value = request.parameter(name);
  if (value && value->size() > request.query.size()) std::abort();
  for (const bool plus : {false, true}) {
    if (oree::http::percent_decode(request.query, plus).size() > request.query.size()) std::abort();
  }
  return 0;
}

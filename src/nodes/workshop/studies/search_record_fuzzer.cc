// Reads any bytes as the record of a search; what is read can be printed and read again.
#include <cstdlib>

#include "base/bytes.h"
#include "nodes/workshop/studies/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto record = oree::workshop::parse_search({reinterpret_cast<const char*>(data), size});
  if (!record) return 0;
  const std::string text = oree::json::print(oree::workshop::to_json(*record, -1));
  if (!oree::workshop::parse_search(text)) std::abort();
  return 0;
}

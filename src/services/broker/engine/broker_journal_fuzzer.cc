// What parses must print to the same bytes.
#include <cstdlib>

#include "services/broker/engine/journal.h"

using namespace oree;
using namespace oree::broker;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView stored(reinterpret_cast<const std::byte*>(data), size);
  const auto record = parse_record(stored);
  if (!record) return 0;
  ByteBuffer printed;
  print_record(*record, printed);
  if (!std::equal(printed.begin(), printed.end(), stored.begin(), stored.end())) std::abort();
  return 0;
}

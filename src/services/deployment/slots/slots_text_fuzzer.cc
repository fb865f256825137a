// package.json and the state of slots: what is read prints and reads the same, and no path leads outside.
#include <cstdint>
#include <cstdlib>

#include "services/deployment/slots/package_index.h"
#include "services/deployment/slots/unit_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::deployment;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto index = parse_index(text)) {
    for (const auto& file : index->files) {
      if (file.path.empty() || file.path[0] == '/' || file.path.find("..") == 0 ||
          file.path.find("/.") != std::string::npos)
        std::abort();
    }
    const auto again = parse_index(print_index(*index));
    if (!again || again->files != index->files) std::abort();
  }
  if (const auto units = parse_units(text)) {
    const auto again = parse_units(oree::json::print(to_json(*units)));
    if (!again || *again != *units) std::abort();
  }
  return 0;
}

// Arbitrary bytes as a registry's path and as a range: what is taken obeys its own rules.
#include <cstdlib>

#include "core/oci/registry_path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::oci;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = parse_registry_path(text);
  if (!path.name.empty() && (!is_repository_name(path.name) || path.name.find("..") != std::string::npos ||
                             path.name.front() == '/'))
    std::abort();
  if (path.reference.find('/') != std::string::npos) std::abort();
  if (const auto range = parse_content_range(text); range && range->last < range->first) std::abort();
  return 0;
}

// Arbitrary text as a manifest: reading ends, a mistake has a place and words, what is taken is taken again.
#include <cstdlib>

#include "core/manifest/manifest.h"

using namespace oree;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = manifest::parse_manifest(text, "deployment.json");
  (void)manifest::describe_manifest(text, "deployment.json");
  if (!first) {
    if (!first.error().what.starts_with("deployment.json")) std::abort();
    return 0;
  }
  if (first->modules.size() < 2) std::abort();
  const auto second = manifest::parse_manifest(text, "deployment.json");
  if (!second || second->modules.size() != first->modules.size()) std::abort();
  return 0;
}

// What a registry may send: manifests, indexes, challenges, tokens, references. Refused with a sentence, or
// printed and read again the same.
#include <cstdlib>

#include "core/oci/challenge.h"
#include "core/oci/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = oci::parse_manifest(text)) {
    const std::string printed = oci::print(*manifest);
    const auto again = oci::parse_manifest(printed);
    if (!again || oci::print(*again) != printed) std::abort();
  }
  if (const auto index = oci::parse_index(text)) {
    if (!oci::parse_index(oci::print(*index))) std::abort();
  }
  if (const auto reference = oci::parse_reference(text)) {
    const auto again = oci::parse_reference(reference->text());
    if (!again || again->name != reference->name || again->object() != reference->object()) std::abort();
  }
  if (const auto challenge = oci::parse_challenge(text)) {
    (void)oci::token_address(*challenge, "registry.example", true);
  }
  (void)oci::parse_token(text);
  return 0;
}

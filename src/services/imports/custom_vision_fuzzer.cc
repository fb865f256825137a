// Arbitrary bytes as the texts of an export, and as the whole zip: reading ends, and what comes out is YAML
// that a person could have written.
#include <cstdlib>

#include "platform/zip/zip.h"
#include "services/imports/custom_vision.h"
#include "services/imports/export_facts.h"

using namespace oree;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)imports::parse_export(text);
  if (const auto properties = imports::parse_properties(text)) {
    const auto facts = imports::read_properties(*properties);
    if (facts && facts->anchors.size() > 32) std::abort();
  }
  const zip::Limits limits{
      .entries = 64, .entry_bytes = 1 << 20, .total_bytes = 4 << 20, .ratio = 100, .free_bytes = 1 << 20};
  const auto archive = zip::Archive::open(as_bytes(text), "fuzzed.zip", limits);
  if (!archive) return 0;
  const auto files = imports::read_custom_vision(*archive);
  if (!files && !files.error().what.starts_with("fuzzed.zip")) std::abort();
  if (files && (files->network.empty() || !files->yaml.starts_with("# Made by"))) std::abort();
  return 0;
}

// Arbitrary bytes as an archive: opening and reading end within the limits, and an error has the name.
#include <cstdlib>

#include "platform/zip/entry_name.h"
#include "platform/zip/zip.h"

using namespace oree;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const zip::Limits limits{
      .entries = 64, .entry_bytes = 1 << 20, .total_bytes = 4 << 20, .ratio = 100, .free_bytes = 1 << 20};
  const auto archive = zip::Archive::open(
      as_bytes(std::string_view(reinterpret_cast<const char*>(data), size)), "fuzzed.zip", limits);
  if (!archive) {
    if (!archive.error().what.starts_with("fuzzed.zip: ")) std::abort();
    return 0;
  }
  uint64_t total = 0;
  for (const zip::Entry& entry : archive->entries()) {
    if (zip::name_fault(entry.name)) std::abort();
    const auto bytes = archive->read(entry);
    if (bytes && bytes->size() != entry.bytes) std::abort();
    total += entry.bytes;
  }
  if (total > limits.total_bytes) std::abort();
  return 0;
}

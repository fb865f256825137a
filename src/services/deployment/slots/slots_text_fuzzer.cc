// package.json, the state of slots and what is known to be bad: what is read prints and reads the same, no
// path leads outside, and whatever lies in their files a station opens them and notes what it learns.
#include <cstdint>
#include <cstdlib>

#include "platform/files/testing/fake_disk.h"
#include "services/deployment/slots/bad_file.h"
#include "services/deployment/slots/package_index.h"
#include "services/deployment/slots/slot_store.h"
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
  const oree::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
  oree::files::testing::FakeDisk disk;
  oree::NullLog log;
  if (!disk.make_folder("/slots") || !disk.write("/slots/state", bytes) || !disk.write("/slots/bad", bytes))
    std::abort();
  if (!SlotStore::open("/slots", disk, log)) std::abort();
  const BadPackage bad{std::string(64, 'a'), {"told", ""}};
  if (!BadFile("/slots/bad", disk).note(bad)) std::abort();
  if (BadFile("/slots/bad", disk).find(bad.digest) == nullptr) std::abort();
  return 0;
}

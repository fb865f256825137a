// What a hub answers: whatever comes, there is something whole to do or a sentence.
#include <cstdint>
#include <cstdlib>

#include "services/deployment/agent/desired.h"
#include "services/deployment/agent/enrolling.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::deployment;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_enrolled(text);
  const auto desired = parse_desired(text);
  if (!desired) return desired.error().what.empty() ? (std::abort(), 0) : 0;
  for (const auto& [name, wish] : desired->models) {
    if (name.empty() || name.find('/') != std::string::npos || wish.package.digest.size() != 64) std::abort();
    const Unit unit = offer({.name = name}, wish);
    if (unit.wish.has_value() != (unit.phase != Phase::settled)) std::abort();
  }
  return 0;
}

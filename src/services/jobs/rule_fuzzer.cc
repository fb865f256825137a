#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/jobs/schedules/rule.h"

// A rule that is understood gives a later time, or none.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto rule = jobs::Rule::parse({reinterpret_cast<const char*>(data), size});
  if (!rule) return 0;
  const WallTime after{microseconds(1'700'000'000'000'000)};
  const auto next = rule->next(after);
  if (next && *next <= after) std::abort();
  return 0;
}

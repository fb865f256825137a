// A state that is accepted is the same after it was printed; so is a step.
#include <cstdlib>

#include "services/rollouts/state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto value = json::parse({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  if (const auto state = rollouts::parse_state_json(*value)) {
    const auto again = rollouts::parse_state_json(rollouts::to_json(*state));
    if (!again || !(*again == *state)) std::abort();
    (void)rollouts::count(*state);
  }
  if (const auto step = rollouts::parse_step_json(*value)) {
    const auto again = rollouts::parse_step_json(rollouts::to_json(*step));
    if (!again || !(*again == *step)) std::abort();
  }
  return 0;
}

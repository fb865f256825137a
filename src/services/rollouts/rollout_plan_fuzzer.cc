// A plan that is accepted is the same after it was printed, and a hub may act on it.
#include <cstdlib>

#include "services/rollouts/rollout.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  const auto plan = rollouts::parse_plan({reinterpret_cast<const char*>(data), size}, "plan");
  if (!plan) return 0;
  const std::string text = json::print(rollouts::to_json(*plan));
  const auto again = rollouts::parse_plan(text, "again");
  if (!again || json::print(rollouts::to_json(*again)) != text) std::abort();
  rollouts::FleetSnapshot fleet;
  fleet.stations["a"].current = "sha256:old";
  auto state = rollouts::begin(*plan, {});
  for (const auto& step : rollouts::next_steps(*plan, state, fleet, {})) rollouts::apply(state, step);
  return 0;
}

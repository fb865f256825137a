// Whatever stands in the state, it is refused as corrupt, or goes round and drives the state machines.
#include <cstdint>
#include <cstdlib>

#include "services/alerts/state_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::alerts;
  const auto state = parse_state({reinterpret_cast<const char*>(data), size});
  if (!state) {
    if (state.error().kind != oree::ErrorKind::corrupt) std::abort();
    return 0;
  }
  if (!parse_state(print(*state))) std::abort();
  const oree::WallTime now{std::chrono::hours(24 * 365 * 55)};
  AlertStates states({Rule{.name = "r"}});
  states.restore(state->alerts, state->counters, now);
  states.tick(now);
  Notifier notifier({Route{.receiver = "a"}}, {});
  notifier.restore(state->groups, state->silences);
  for (const auto& notification : notifier.due(states.alerts(), now)) notifier.sent(notification, now);
  notifier.forget_silences(now);
  return 0;
}

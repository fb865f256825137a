// The policy of roll-outs: a pure function of plan, state, what the fleet says, and the time.
//
//   for (const Step& step : next_steps(plan, state, snapshot, now)) {
//     apply(state, step);       // and, in the same transaction: store state and step,
//   }                           // set the desired package of step.station for offer, withdraw and roll_back
//
// Call it whenever something was reported, and at least every few seconds. Called again with what it was
// called with, after its steps were applied, it answers nothing; steps lost in a crash come again. The order
// of the steps is the order in which they are to be applied.
//
// What holds at any time, whatever the fleet says (rollout_property_test.cc):
//   - unproven stations (offered, under way, soaking, failed, silent) are at most max_exposed of the
//     fleet, at least one; of a class of hardware in which fewer than Gates::min_stations have proven the
//     model, at most so many, or max_exposed of the class
//   - a wave begins only when the one before is proven
//   - paused stays paused until `resume`; another failing group changes nothing about it
//   - after an abort every station that may have the model is told to go back, also who comes back later
//   - who knows the package as bad, or failed with it, is not offered it again
//   - healthy counts only with the package as the station's current one
//   - a deleted station's failure goes on counting, and who was never offered anything counts nowhere
#pragma once

#include <vector>

#include "services/rollouts/plan.h"
#include "services/rollouts/snapshot.h"
#include "services/rollouts/state.h"

namespace oree::rollouts {

// A roll-out that begins now.
RolloutState begin(const RolloutPlan& plan, WallTime now);

std::vector<Step> next_steps(const RolloutPlan& plan, const RolloutState& state,
                             const FleetSnapshot& snapshot, WallTime now);

// What a person decides; apply() it like any other step. `who` ends up in the reason.
Step pause_by(std::string_view who, WallTime now);
Step resume_by(std::string_view who, WallTime now);
Step abort_by(std::string_view who, WallTime now);

// For pages and lists: the gates as they stand, by class of hardware.
struct GateView {
  std::string hardware;
  std::string gate;     // failures, errors, p95, drift, agreement, accuracy
  std::string verdict;  // no_worse, worse, undecided
  std::string text;     // "p95 is 1.1 to 1.3 times the old one's, 1.5 is allowed"
};
std::vector<GateView> view_gates(const RolloutPlan& plan, const RolloutState& state,
                                 const FleetSnapshot& snapshot, WallTime now);

// What keeps the wave that is under way from ending: "no station of the fleet has its tags". "" when nothing
// does, or when the roll-out is not running.
std::string view_wait(const RolloutPlan& plan, const RolloutState& state, const FleetSnapshot& snapshot,
                      WallTime now);

}  // namespace oree::rollouts

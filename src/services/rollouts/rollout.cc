#include "services/rollouts/rollout.h"

#include "base/text.h"
#include "services/rollouts/draft.h"

namespace oree::rollouts {

namespace {

// A station moves through at most this many states by one report, each making the next rule's work; the rest
// comes with the next call.
constexpr int kMostPasses = 6;

Step by(StepKind kind, std::string_view who, std::string_view what, WallTime now) {
  return {.kind = kind,
          .at = now,
          .reason = cat(what, " by ", who),
          .station = {},
          .to = StationState::pending,
          .wave = -1,
          .hardware = {},
          .mark = {}};
}

}  // namespace

RolloutState begin(const RolloutPlan&, WallTime now) {
  RolloutState out;
  out.began = now;
  out.wave_since = now;
  return out;
}

std::vector<Step> next_steps(const RolloutPlan& plan, const RolloutState& state,
                             const FleetSnapshot& snapshot, WallTime now) {
  if (plan.waves.empty()) return {};
  Draft draft(plan, state, snapshot, now);
  for (int pass = 0; pass < kMostPasses; ++pass) {
    const size_t before = draft.steps.size();
    forget_deleted(draft);
    observe_stations(draft);
    judge_gates(draft);
    tell_back(draft);
    mark_stretches(draft);
    move_waves(draft);
    make_offers(draft);
    if (draft.steps.size() == before) break;
  }
  return std::move(draft.steps);
}

Step pause_by(std::string_view who, WallTime now) {
  return by(StepKind::pause, who, "paused", now);
}

Step resume_by(std::string_view who, WallTime now) {
  return by(StepKind::resume, who, "resumed", now);
}

Step abort_by(std::string_view who, WallTime now) {
  return by(StepKind::abort, who, "stopped", now);
}

std::vector<GateView> view_gates(const RolloutPlan& plan, const RolloutState& state,
                                 const FleetSnapshot& snapshot, WallTime now) {
  if (plan.waves.empty()) return {};
  Draft draft(plan, state, snapshot, now);
  std::vector<GateView> out;
  for (const auto& [hardware, view] : draft.classes()) {
    for (const GateVerdict& gate : view.verdicts) {
      out.push_back({hardware, gate.gate, std::string(verdict_name(gate.verdict)), gate.text});
    }
  }
  return out;
}

}  // namespace oree::rollouts

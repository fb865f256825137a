// When a wave is proven, when everything stops.
#include <algorithm>

#include "base/text.h"
#include "services/rollouts/draft.h"
#include "services/rollouts/offers.h"

namespace oree::rollouts {

namespace {

using enum StationState;

// Long enough for a day's rhythm to show, short enough to see what comes late.
constexpr microseconds kStretch = std::chrono::hours(6);

void step(Draft& draft, StepKind kind, std::string reason, int wave = -1) {
  draft.take({.kind = kind,
              .at = {},
              .reason = std::move(reason),
              .station = {},
              .to = pending,
              .wave = wave,
              .hardware = {},
              .mark = {}});
}

struct Progress {
  int proven = 0;
  int failed = 0;
  int open = 0;  // under way, or soaking
  WallTime changed;
};

Progress progress_of(const Draft& draft) {
  // Time in which the hub did not listen is no time to decide.
  Progress out{.changed = std::max(draft.state.wave_since, draft.snapshot.listening_since)};
  for (const auto& [id, station] : draft.state.stations) {
    if (station.wave != draft.state.wave) continue;
    const bool failed = station.failed || station.state == silent;
    out.failed += failed ? 1 : 0;
    out.proven += !failed && station.proven ? 1 : 0;
    const bool is_open = !failed && !station.proven && !station.told_back && !station.gone &&
                         station.state != offline && station.state != pending;
    out.open += is_open ? 1 : 0;
    out.changed = std::max({out.changed, station.since, station.proven.value_or(WallTime{})});
  }
  return out;
}

std::string in_class(const std::string& hardware) {
  return hardware.empty() || hardware == kPool ? "" : cat(hardware, ": ");
}

// The gates that keep the wave from ending, in words; "" for none.
std::string undecided_gates(Draft& draft) {
  std::string out;
  for (const auto& [hardware, view] : draft.classes()) {
    for (const GateVerdict& gate : view.verdicts) {
      if (gate.verdict != Verdict::undecided || !gate.blocks) continue;
      out += cat(out.empty() ? "" : "; ", in_class(hardware), gate.text);
    }
  }
  return out;
}

std::string wave_name(const Draft& draft) {
  return cat("wave '", draft.wave_of(draft.state.wave).name, "'");
}

void end_wave(Draft& draft, const Progress& progress) {
  const std::string reason = cat(wave_name(draft), " is proven: ", progress.proven, " stations healthy, ",
                                 progress.failed, " failed");
  const int last = static_cast<int>(draft.plan.waves.size()) - 1;
  if (draft.state.wave < last) {
    step(draft, StepKind::next_wave, reason, draft.state.wave + 1);
  } else {
    step(draft, StepKind::done, reason);
  }
}

// True when a reason to wait was found that time alone does not remove.
std::string why_not_over(Draft& draft, const Progress& progress, const WaveQuota& quota) {
  if (quota.matching == 0)
    return draft.wave_of(draft.state.wave).tags.empty() ? "the fleet has no station"
                                                        : "no station of the fleet has its tags";
  if (quota.open > 0 && quota.candidates > 0) {
    const std::string gates = undecided_gates(draft);
    return cat(quota.candidates, " stations cannot be offered it yet: ",
               !gates.empty()    ? gates
               : quota.room <= 0 ? "as many as may be unproven are"
                                 : "their groups have no more to spare");
  }
  if (progress.open > 0) return cat(progress.open, " stations are not through");
  if (quota.taken == 0) return "none of its stations was heard of lately";
  if (progress.proven == 0 && quota.open > 0) return "none of its stations has proven the model";
  return undecided_gates(draft);
}

void finish_abort(Draft& draft) {
  const bool all_back = std::ranges::all_of(draft.state.stations, [](const auto& one) {
    const StationProgress& station = one.second;
    const bool never_had_it = station.wave < 0 && station.state != healthy;
    const bool is_back = station.told_back && (station.state == failed || station.state == rolled_back);
    return station.gone || never_had_it || is_back;
  });
  if (all_back && draft.state.status == RolloutStatus::aborting) {
    step(draft, StepKind::done, "every station is back on its old model");
  } else if (!all_back && draft.state.status == RolloutStatus::aborted) {
    step(draft, StepKind::abort, draft.state.reason);
  }
}

}  // namespace

void mark_stretches(Draft& draft) {
  if (draft.is_over()) return;
  std::vector<Step> marks;
  for (const auto& [hardware, view] : draft.classes()) {
    if (view.evidence.exposed == 0) continue;
    const auto known = draft.state.marks.find(hardware);
    const bool is_first = known == draft.state.marks.end();
    if (draft.ago(is_first ? draft.state.began : known->second.at) < kStretch) continue;
    marks.push_back({.kind = StepKind::mark,
                     .at = {},
                     .reason = {},
                     .station = {},
                     .to = pending,
                     .wave = -1,
                     .hardware = hardware,
                     .mark = EvidenceMark{.at = draft.now,
                                          .number = is_first ? 1 : known->second.number + 1,
                                          .candidate = view.evidence.candidate,
                                          .baseline = view.evidence.baseline}});
  }
  for (Step& mark : marks) draft.take(std::move(mark));
}

void judge_gates(Draft& draft) {
  if (draft.is_over()) return finish_abort(draft);
  if (std::ranges::find(draft.snapshot.bad, draft.plan.package) != draft.snapshot.bad.end()) {
    return step(draft, StepKind::abort,
                cat("the package ", draft.plan.package, " is on the list of bad ones"));
  }
  std::string worse;
  for (const auto& [hardware, view] : draft.classes()) {
    for (const GateVerdict& gate : view.verdicts) {
      if (gate.verdict == Verdict::worse && worse.empty()) {
        worse = cat(in_class(hardware), gate.text);
      }
    }
  }
  if (!worse.empty()) step(draft, StepKind::abort, worse);
}

void move_waves(Draft& draft) {
  if (draft.state.status != RolloutStatus::running) return;
  const Progress progress = progress_of(draft);
  const WaveQuota quota = quota_of(draft);
  if (progress.proven == 0 && progress.open == 0 && progress.failed > 0 &&
      (quota.open <= 0 || quota.room <= 0)) {
    return step(
        draft, StepKind::abort,
        cat("no station of ", wave_name(draft), " has proven the model, ", progress.failed, " failed"));
  }
  const std::string waits = why_not_over(draft, progress, quota);
  if (waits.empty()) return end_wave(draft, progress);
  if (draft.ago(progress.changed) < draft.plan.deadlines.max_wait) return;
  step(draft, draft.plan.abort_when_undecided ? StepKind::abort : StepKind::pause,
       cat(wave_name(draft), " has not decided within ", duration_text(draft.plan.deadlines.max_wait), ": ",
           waits));
}

std::string view_wait(const RolloutPlan& plan, const RolloutState& state, const FleetSnapshot& snapshot,
                      WallTime now) {
  if (plan.waves.empty() || state.status != RolloutStatus::running) return "";
  Draft draft(plan, state, snapshot, now);
  return why_not_over(draft, progress_of(draft), quota_of(draft));
}

}  // namespace oree::rollouts

#include "services/rollouts/state.h"

#include <algorithm>
#include <array>

namespace oree::rollouts {

namespace {

constexpr std::array<std::string_view, 10> kStateNames{"pending", "offered", "downloading", "installing",
                                                       "shadow",  "healthy", "failed",      "rolled_back",
                                                       "silent",  "offline"};
constexpr std::array<std::string_view, 5> kStatusNames{"running", "paused", "aborting", "aborted", "done"};
constexpr std::array<std::string_view, 12> kKindNames{"note",  "offer",     "withdraw", "prove",
                                                      "mark",  "next_wave", "pause",    "resume",
                                                      "abort", "roll_back", "forget",   "done"};

bool is_exposed(StationState state) {
  using enum StationState;
  return state == installing || state == shadow || state == healthy || state == rolled_back ||
         state == silent;
}

void move(StationProgress& station, const Step& step) {
  if (station.state == step.to) return;
  station.state = step.to;
  station.since = step.at;
  station.proven.reset();
  if (station.told_back) return;  // what comes after that is no outcome of the model
  station.exposed = station.exposed || is_exposed(step.to);
  station.failed = step.to == StationState::failed || step.to == StationState::rolled_back;
  station.why = station.failed ? step.reason : "";
}

void offer(RolloutState& state, StationProgress& station, const Step& step) {
  if (station.state == step.to && station.wave == step.wave) return;  // done before
  station.wave = step.wave;
  move(station, step);
  if (step.at - state.offered_at >= std::chrono::minutes(1) || step.at < state.offered_at) {
    state.offered_at = step.at;
    state.offered = 0;
  }
  ++state.offered;
}

void forget(RolloutState& state, const std::string& id) {
  const auto at = state.stations.find(id);
  if (at == state.stations.end()) return;
  StationProgress& station = at->second;
  if (!station.exposed && !station.failed) {
    state.stations.erase(at);
    return;
  }
  station.gone = true;
  station.failed = station.failed || station.state == StationState::silent;
}

void apply_to_station(RolloutState& state, const Step& step) {
  StationProgress& station = state.stations[step.station];
  if (!step.hardware.empty()) station.hardware = step.hardware;
  if (step.kind == StepKind::offer) offer(state, station, step);
  if (step.kind == StepKind::note || step.kind == StepKind::withdraw) move(station, step);
  if (step.kind == StepKind::prove && !station.proven) station.proven = step.at;
  if (step.kind == StepKind::roll_back && !station.told_back) station.told_back = step.at;
}

void become(RolloutState& state, RolloutStatus status, const Step& step) {
  if (state.status == status) return;
  state.status = status;
  state.reason = step.reason;
}

void apply_to_whole(RolloutState& state, const Step& step) {
  const bool over = state.status == RolloutStatus::aborting || state.status == RolloutStatus::aborted;
  if (step.kind == StepKind::mark && step.mark) state.marks[step.hardware] = *step.mark;
  if (step.kind == StepKind::next_wave && step.wave > state.wave) {
    state.wave = step.wave;
    state.wave_since = step.at;
  }
  if (step.kind == StepKind::pause && !over) become(state, RolloutStatus::paused, step);
  if (step.kind == StepKind::resume && state.status == RolloutStatus::paused) {
    become(state, RolloutStatus::running, step);
    state.wave_since = step.at;
  }
  if (step.kind == StepKind::abort) become(state, RolloutStatus::aborting, step);
  if (step.kind == StepKind::done) {
    const std::string reason = state.reason;
    become(state, over ? RolloutStatus::aborted : RolloutStatus::done, step);
    if (over) state.reason = reason;
  }
}

}  // namespace

std::string_view state_name(StationState state) {
  return kStateNames[static_cast<size_t>(state)];
}

std::optional<StationState> parse_state(std::string_view name) {
  const auto at = std::ranges::find(kStateNames, name);
  if (at == kStateNames.end()) return std::nullopt;
  return static_cast<StationState>(at - kStateNames.begin());
}

std::string_view status_name(RolloutStatus status) {
  return kStatusNames[static_cast<size_t>(status)];
}

std::optional<RolloutStatus> parse_status(std::string_view name) {
  const auto at = std::ranges::find(kStatusNames, name);
  if (at == kStatusNames.end()) return std::nullopt;
  return static_cast<RolloutStatus>(at - kStatusNames.begin());
}

std::string_view kind_name(StepKind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

std::optional<StepKind> parse_kind(std::string_view name) {
  const auto at = std::ranges::find(kKindNames, name);
  if (at == kKindNames.end()) return std::nullopt;
  return static_cast<StepKind>(at - kKindNames.begin());
}

void apply(RolloutState& state, const Step& step) {
  if (step.kind == StepKind::forget) {
    forget(state, step.station);
  } else if (step.station.empty()) {
    apply_to_whole(state, step);
  } else {
    apply_to_station(state, step);
  }
}

Counts count(const RolloutState& state) {
  using enum StationState;
  Counts out;
  for (const auto& [id, station] : state.stations) {
    const bool is_failed = station.failed || station.state == silent;
    if (station.exposed) ++out.exposed;
    if (station.proven && station.state == healthy) ++out.proven;
    if (is_failed) ++out.failed;
    if (station.state == offline) ++out.offline;
    if (is_failed) {
      const bool is_recent = station.wave == state.wave && station.since >= state.wave_since;
      if (is_recent || station.state == silent) ++out.unproven;
    } else if (!station.gone && !station.proven && !station.told_back && station.state != pending &&
               (station.state != offline || station.exposed)) {
      ++out.unproven;
    }
  }
  return out;
}

}  // namespace oree::rollouts

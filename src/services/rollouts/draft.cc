#include "services/rollouts/draft.h"

#include <algorithm>

namespace oree::rollouts {

Draft::Draft(const RolloutPlan& a_plan, const RolloutState& a_state, const FleetSnapshot& a_snapshot,
             WallTime a_now)
    : plan(a_plan), snapshot(a_snapshot), now(a_now), state(a_state) {
  for (const auto& [id, report] : snapshot.stations) {
    Pool& pool = pools_[report.hardware];
    pool.candidate.merge(report.candidate);
    pool.baseline.merge(report.baseline);
  }
}

void Draft::take(Step step) {
  step.at = now;
  apply(state, step);
  steps.push_back(std::move(step));
  state_changed();
}

bool Draft::is_over() const {
  return state.status == RolloutStatus::aborting || state.status == RolloutStatus::aborted;
}

const Wave& Draft::wave_of(int number) const {
  const int last = static_cast<int>(plan.waves.size()) - 1;
  return plan.waves[static_cast<size_t>(std::clamp(number, 0, last))];
}

microseconds Draft::ago(WallTime time) const {
  return std::max(microseconds{0}, now - time);
}

microseconds Draft::silence_of(const StationReport& report) const {
  return ago(std::max(report.last_seen, snapshot.listening_since));
}

bool Draft::is_online(const StationReport& report) const {
  return ago(report.last_seen) < std::min(plan.deadlines.silence, microseconds(std::chrono::minutes(10)));
}

bool Draft::is_outage(const StationReport& report) const {
  const auto site = tag_value(report.tags, plan.site_tag);
  if (site.empty()) return false;
  int others = 0, silent = 0;
  for (const auto& [id, other] : snapshot.stations) {
    if (other.last_seen < state.began || tag_value(other.tags, plan.site_tag) != site) continue;
    const auto known = state.stations.find(id);
    if (known != state.stations.end() && known->second.exposed) continue;
    ++others;
    silent += is_silent(other) ? 1 : 0;
  }
  return others >= 2 && silent * 2 > others;
}

bool ClassView::is(Verdict verdict, bool blocking_only) const {
  return std::ranges::any_of(verdicts, [&](const GateVerdict& gate) {
    return gate.verdict == verdict && (gate.blocks || !blocking_only);
  });
}

const std::map<std::string, ClassView>& Draft::classes() {
  if (!classes_.empty()) return classes_;
  std::map<std::string, std::pair<int, int>> comparable;  // without the model: all, silent
  for (const auto& [id, report] : snapshot.stations) {
    ++classes_[report.hardware].size;
    const auto known = state.stations.find(id);
    if (report.last_seen < state.began || (known != state.stations.end() && known->second.exposed)) continue;
    auto& [all, silent] = comparable[report.hardware];
    ++all;
    silent += is_silent(report) ? 1 : 0;
  }
  for (const auto& [id, station] : state.stations) {
    ClassView& view = classes_[station.hardware];
    const bool failed = station.failed || station.state == StationState::silent;
    view.taken += station.wave >= 0 && !station.gone ? 1 : 0;
    view.proven += station.proven && station.state == StationState::healthy ? 1 : 0;
    view.evidence.exposed += station.exposed || failed ? 1 : 0;
    view.evidence.failed += failed ? 1 : 0;
  }
  const auto with_model =
      std::ranges::count_if(classes_, [](const auto& one) { return one.second.evidence.exposed > 0; });
  const double alpha = plan.gates.alpha / static_cast<double>(std::max<int64_t>(with_model, 1));
  for (auto& [hardware, view] : classes_) {
    if (view.evidence.exposed == 0) continue;
    const auto [all, silent] = comparable[hardware];
    view.evidence.silent_share = all == 0 ? 0 : static_cast<double>(silent) / all;
    add_evidence(view, hardware);
    view.verdicts =
        judge(plan.gates, view.evidence, {snapshot.candidate_reference, snapshot.baseline_reference}, alpha);
  }
  return classes_;
}

void Draft::add_evidence(ClassView& view, const std::string& hardware) const {
  const auto pool = pools_.find(hardware);
  if (pool == pools_.end()) return;
  view.evidence.candidate = pool->second.candidate;
  view.evidence.baseline = pool->second.baseline;
  const auto mark = state.marks.find(hardware);
  if (mark == state.marks.end()) return;
  view.evidence.candidate_stretch = pool->second.candidate.since(mark->second.candidate);
  view.evidence.baseline_stretch = pool->second.baseline.since(mark->second.baseline);
  view.evidence.stretch = mark->second.number;
}

std::string_view tag_value(const std::vector<std::string>& tags, std::string_view key) {
  for (const std::string_view tag : tags) {
    if (tag.size() > key.size() && tag.starts_with(key) && tag[key.size()] == '=')
      return tag.substr(key.size() + 1);
  }
  return {};
}

}  // namespace oree::rollouts

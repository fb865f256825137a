#include "services/rollouts/draft.h"

#include <algorithm>

namespace oree::rollouts {

Draft::Draft(const RolloutPlan& a_plan, const RolloutState& a_state, const FleetSnapshot& a_snapshot,
             WallTime a_now)
    : plan(a_plan), snapshot(a_snapshot), now(a_now), state(a_state) {
  rows.reserve(snapshot.stations.size());
  auto known = state.stations.cbegin();
  for (const auto& [id, report] : snapshot.stations) {
    while (known != state.stations.cend() && known->first < id) ++known;
    const bool has = known != state.stations.cend() && known->first == id;
    rows.push_back({&id, &report, has ? &known->second : nullptr});
    Pool& pool = pools_[report.hardware];
    pool.candidate.merge(report.candidate);
    pool.baseline.merge(report.baseline);
  }
}

void Draft::take(Step step) {
  step.at = now;
  apply(state, step);
  const auto row = std::ranges::lower_bound(rows, step.station, {}, [](const Row& one) { return *one.id; });
  if (row != rows.end() && *row->id == step.station) {
    const auto at = state.stations.find(step.station);
    row->progress = at == state.stations.end() ? nullptr : &at->second;
  }
  steps.push_back(std::move(step));
  classes_.clear();
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

// Who was heard of in the future was heard of by a clock that has gone back since.
WallTime Draft::last_word_of(const StationReport& report) const {
  return report.last_seen > now ? snapshot.listening_since : report.last_seen;
}

microseconds Draft::silence_of(const StationReport& report) const {
  return ago(std::max(last_word_of(report), snapshot.listening_since));
}

bool Draft::is_online(const StationReport& report) const {
  return ago(last_word_of(report)) < std::min(plan.deadlines.silence, microseconds(std::chrono::minutes(10)));
}

bool Draft::is_outage(const StationReport& report) const {
  const auto site = tag_value(report.tags, plan.site_tag);
  if (site.empty()) return false;
  int others = 0, silent = 0;
  for (const auto& [id, other, progress] : rows) {
    if (other->last_seen < state.began || tag_value(other->tags, plan.site_tag) != site) continue;
    if (progress != nullptr && progress->exposed) continue;
    ++others;
    silent += is_silent(*other) ? 1 : 0;
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
  for (const auto& [id, report, progress] : rows) {
    ++classes_[report->hardware].size;
    if (report->last_seen < state.began || (progress != nullptr && progress->exposed)) continue;
    auto& [all, silent] = comparable[report->hardware];
    ++all;
    silent += is_silent(*report) ? 1 : 0;
  }
  for (const auto& [id, station] : state.stations) {
    ClassView& view = classes_[station.hardware];
    const bool failed = station.failed || station.state == StationState::silent;
    view.taken += station.wave >= 0 && !station.gone && station.state != StationState::offline ? 1 : 0;
    view.proven += station.proven && station.state == StationState::healthy ? 1 : 0;
    view.evidence.exposed += station.exposed || failed ? 1 : 0;
    view.evidence.failed += failed ? 1 : 0;
  }
  const auto with_model =
      std::ranges::count_if(classes_, [](const auto& one) { return one.second.evidence.exposed > 0; });
  const double alpha = plan.gates.alpha / static_cast<double>(with_model + 1);
  const References references{snapshot.candidate_reference, snapshot.baseline_reference};
  ClassEvidence pool{.is_pool = true};
  for (auto& [hardware, view] : classes_) {
    if (view.evidence.exposed == 0) continue;
    const auto [all, silent] = comparable[hardware];
    view.evidence.silent_share = all == 0 ? 0 : static_cast<double>(silent) / all;
    pool.exposed += view.evidence.exposed;
    pool.failed += view.evidence.failed;
    pool.silent_share += view.evidence.silent_share * view.evidence.exposed;
    add_evidence(view, hardware);
    view.verdicts = judge(plan.gates, view.evidence, references, alpha);
    pool.candidate.merge(view.evidence.candidate);
    pool.baseline.merge(view.evidence.baseline);
  }
  if (pool.exposed > 0) pool.silent_share /= pool.exposed;
  if (with_model > 0) classes_[std::string(kPool)].verdicts = judge(plan.gates, pool, references, alpha);
  return classes_;
}

bool ClassView::has_suspicious_failures() const {
  return std::ranges::any_of(verdicts, [](const GateVerdict& gate) {
    return gate.gate == "failures" && gate.verdict == Verdict::undecided;
  });
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

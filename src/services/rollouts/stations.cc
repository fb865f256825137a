// What each station says, and what its silence says.
#include "base/text.h"
#include "services/rollouts/draft.h"

namespace oree::rollouts {

namespace {

using enum StationState;

bool is_busy(StationState state) {
  return state == offered || state == downloading || state == installing || state == shadow;
}

struct Said {
  std::optional<StationState> state;
  std::string why;
};

std::string with_error(std::string text, const StationReport& report) {
  return report.error.empty() ? text : cat(text, ": ", report.error);
}

// What the report means for a station that was not told to go back. The package that serves is the truth;
// what the station says of itself is believed only as far as it agrees.
Said listen(const RolloutPlan& plan, const StationProgress& station, const StationReport& report) {
  if (report.current == plan.package) return {healthy, "serves the new package"};
  const bool served = station.state == healthy;
  const StationState fallen = served ? rolled_back : failed;
  if (report.knows_bad) return {fallen, with_error("has the package on its list of bad ones", report)};
  if (report.state == healthy && !report.current.empty()) {
    return {rolled_back, cat("reports success, but serves ", report.current)};
  }
  if (report.state == failed) return {fallen, with_error("failed", report)};
  if (report.state == rolled_back) return {rolled_back, with_error("went back by itself", report)};
  if (served && !report.current.empty()) return {rolled_back, cat("serves ", report.current, " again")};
  if (station.state == silent && report.state == pending && !report.current.empty()) {
    return {rolled_back, cat("is back, and serves ", report.current)};
  }
  if (is_busy(report.state)) return {report.state, cat("is ", state_name(report.state))};
  return {};
}

// Only forward: a second attempt does not start its deadline again.
bool is_news(const StationProgress& station, StationState to) {
  if (station.state == to || station.failed) return false;
  if (station.state == silent || station.state == offline) return true;
  return to > station.state;
}

void note(Draft& draft, const std::string& id, const StationReport& report, StationState to,
          std::string why) {
  draft.take({.kind = StepKind::note,
              .at = {},
              .reason = std::move(why),
              .station = id,
              .to = to,
              .wave = -1,
              .hardware = report.hardware,
              .mark = {}});
}

// After roll_back: only what it serves, once it has been heard again.
void observe_told_back(Draft& draft, const std::string& id, const StationProgress& station,
                       const StationReport& report) {
  if (report.current == draft.plan.package) {
    if (station.state != healthy && report.last_seen > *station.told_back) {
      note(draft, id, report, healthy, "serves the new package although it was told to go back");
    }
    return;
  }
  if (station.state == failed || station.state == rolled_back) return;
  if (is_busy(report.state) || report.last_seen <= *station.told_back) return;
  const bool served = station.state == healthy || report.state == rolled_back;
  note(draft, id, report, served ? rolled_back : failed,
       served ? with_error("is back on the old model", report) : "never left the old model");
}

microseconds deadline_of(const Deadlines& deadlines, StationState state) {
  if (state == offered) return deadlines.offered;
  if (state == downloading) return deadlines.downloading;
  if (state == installing) return deadlines.installing;
  return state == shadow ? deadlines.shadow : microseconds{0};
}

void watch_silence(Draft& draft, const std::string& id, const StationProgress& station,
                   const StationReport& report) {
  const std::string since = duration_text(draft.silence_of(report));
  if (station.state == offered || station.state == downloading) {
    draft.take({.kind = StepKind::withdraw,
                .at = {},
                .reason = cat("not heard of for ", since, " before it began to install"),
                .station = id,
                .to = offline,
                .wave = -1,
                .hardware = {},
                .mark = {}});
  } else if (draft.is_outage(report)) {
    note(draft, id, report, offline, cat("not heard of for ", since, ", as most of its site"));
  } else {
    note(draft, id, report, silent,
         cat("not heard of for ", since, " with the new package: silence is failure"));
  }
}

void watch_deadline(Draft& draft, const std::string& id, const StationProgress& station,
                    const StationReport& report) {
  const microseconds limit = deadline_of(draft.plan.deadlines, station.state);
  // Heard of after its deadline: it lives, and is stuck.
  if (limit <= microseconds{0} || report.last_seen < station.since + limit) return;
  note(draft, id, report, failed,
       cat("is still ", state_name(station.state), " after ", duration_text(report.last_seen - station.since),
           "; ", duration_text(limit), " are allowed"));
}

void prove(Draft& draft, const std::string& id, const StationProgress& station) {
  const Wave& wave = draft.wave_of(std::max(station.wave, 0));
  if (draft.ago(station.since) < wave.soak) return;
  draft.take({.kind = StepKind::prove,
              .at = {},
              .reason = cat("healthy for ", duration_text(draft.ago(station.since))),
              .station = id,
              .to = pending,
              .wave = -1,
              .hardware = {},
              .mark = {}});
}

void observe(Draft& draft, const Row& row) {
  const std::string& id = *row.id;
  const StationReport& report = *row.report;
  if (row.progress == nullptr && report.current != draft.plan.package) return;
  const StationProgress before = row.progress == nullptr ? StationProgress{} : *row.progress;
  if (before.told_back) return observe_told_back(draft, id, before, report);
  const bool is_stale = report.last_seen <= before.since;
  if (is_stale && (before.state == silent || before.state == offline)) return;
  const Said said = listen(draft.plan, before, report);
  // Somebody else gave it the package, or it was told nothing: only what it serves counts.
  if (before.wave < 0 && said.state != healthy) return;
  if (said.state && is_news(before, *said.state)) return note(draft, id, report, *said.state, said.why);
  if (before.failed || before.wave < 0) return;
  const bool waits = is_busy(before.state) || (before.state == healthy && !before.proven);
  if (!waits) return;
  if (draft.is_silent(report) && draft.ago(before.since) >= draft.plan.deadlines.silence) {
    watch_silence(draft, id, before, report);
  } else if (is_busy(before.state)) {
    watch_deadline(draft, id, before, report);
  } else if (report.last_seen >= before.since) {
    prove(draft, id, before);
  }
}

}  // namespace

void forget_deleted(Draft& draft) {
  std::vector<std::string> deleted;
  for (const auto& [id, station] : draft.state.stations) {
    if (!station.gone && !draft.snapshot.stations.contains(id)) deleted.push_back(id);
  }
  for (std::string& id : deleted) {
    draft.take({.kind = StepKind::forget,
                .at = {},
                .reason = "was deleted from the fleet",
                .station = std::move(id),
                .to = pending,
                .wave = -1,
                .hardware = {},
                .mark = {}});
  }
}

void observe_stations(Draft& draft) {
  for (size_t i = 0; i < draft.rows.size(); ++i) observe(draft, draft.rows[i]);
}

void tell_back(Draft& draft) {
  std::vector<std::string> told;
  for (const auto& [id, station] : draft.state.stations) {
    if (station.told_back || station.gone) continue;
    const bool may_have_it = station.wave >= 0 || station.state == healthy;
    if (station.failed || (draft.is_over() && may_have_it)) told.push_back(id);
  }
  for (std::string& id : told) {
    const bool failed_alone = draft.state.stations[id].failed;
    draft.take({.kind = StepKind::roll_back,
                .at = {},
                .reason = failed_alone ? "it failed; it is not offered this package again"
                                       : cat("the roll-out was stopped: ", draft.state.reason),
                .station = std::move(id),
                .to = pending,
                .wave = -1,
                .hardware = {},
                .mark = {}});
  }
}

}  // namespace oree::rollouts

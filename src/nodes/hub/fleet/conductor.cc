#include "nodes/hub/fleet/conductor.h"

#include <algorithm>

#include "base/text.h"

namespace oree::hub {
namespace {

using rollouts::RolloutStatus;
using rollouts::Step;
using rollouts::StepKind;

int64_t unix_ms(WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

WallTime from_ms(int64_t ms) {
  return WallTime(milliseconds(ms));
}

int64_t whole_seconds(microseconds length) {
  return std::chrono::ceil<std::chrono::seconds>(length).count();
}

// As the plan has it for the wave that is under way; a canary may look longer than those who follow.
json::Value shadow_of_wave(const Rollout& rollout) {
  const auto& shadow = rollouts::shadow_of(rollout.plan, rollout.state.wave);
  const auto& agreement = rollout.plan.gates.agreement;
  if (shadow.requests == 0 || !agreement) return {};
  return json::Object{{"percent", shadow.percent},
                      {"requests", shadow.requests},
                      {"at_most_s", whole_seconds(shadow.at_most)},
                      {"agreement", *agreement}};
}

// How stations take the package, from the plan's own limits.
Manner manner_of(const Rollout& rollout) {
  const auto& deadlines = rollout.plan.deadlines;
  const auto& gates = rollout.plan.gates;
  Manner manner;
  const auto* shadow = rollout.options.find("shadow");
  manner.shadow = shadow != nullptr && !shadow->is_null() ? *shadow : shadow_of_wave(rollout);
  manner.deadlines = json::Object{{"offered", whole_seconds(deadlines.offered)},
                                  {"downloading", whole_seconds(deadlines.downloading)},
                                  {"installing", whole_seconds(deadlines.installing)},
                                  {"shadow", whole_seconds(deadlines.shadow)}};
  const auto* watch = rollout.options.find("watch_s");
  const int64_t for_s = watch == nullptr ? 0 : watch->integer().value_or(0);
  if (for_s > 0) {
    json::Object limits{{"for_s", for_s}};
    if (gates.errors) limits.emplace_back("errors", *gates.errors);
    if (gates.p95_ratio) limits.emplace_back("p95_ratio", *gates.p95_ratio);
    if (gates.drift) limits.emplace_back("drift", *gates.drift);
    manner.watch = std::move(limits);
  }
  return manner;
}

const StationView* find_station(const std::vector<StationView>& stations, const std::string& id) {
  const auto at = std::ranges::lower_bound(stations, id, {}, [](const auto& one) { return one.device.id; });
  return at != stations.end() && at->device.id == id ? &*at : nullptr;
}

// Steps that somebody reads about later.
bool is_decision(StepKind kind) {
  return kind != StepKind::note && kind != StepKind::mark && kind != StepKind::prove &&
         kind != StepKind::forget;
}

}  // namespace

std::string Conductor::unit_of(const Rollout& rollout) const {
  const auto package = cache_.find(rollout.plan.package);
  return package ? package->unit() : rollout.plan.model;
}

bool Conductor::is_active(const Rollout& rollout) const {
  const auto status = rollout.state.status;
  if (status == RolloutStatus::aborted) return false;
  if (status != RolloutStatus::done) return true;
  // Done: who comes later is still offered it, until another one follows.
  const std::string unit = unit_of(rollout);
  const auto newest = std::ranges::find_if(rollouts_.rbegin(), rollouts_.rend(),
                                           [&](const auto& other) { return unit_of(other) == unit; });
  return newest != rollouts_.rend() && newest->plan.id == rollout.plan.id;
}

// Tells the fleet how packages are to be taken, and whose metrics count.
void Conductor::announce() {
  std::vector<Watched> watched;
  for (const auto& rollout : rollouts_) {
    cache_.set_manner(rollout.plan.id, manner_of(rollout));
    if (is_active(rollout)) watched.push_back({rollout.plan.id, unit_of(rollout), rollout.plan.package});
  }
  evidence_.watch(std::move(watched));
}

rollouts::FleetSnapshot Conductor::snapshot(const Rollout& rollout,
                                            const std::vector<StationView>& stations) const {
  rollouts::FleetSnapshot snapshot;
  snapshot.bad = fleet_.bad();
  snapshot.listening_since = listening_.since();
  const auto package = cache_.find(rollout.plan.package);
  const auto evidence = evidence_.of(rollout.plan.id);
  const std::string unit = unit_of(rollout);
  for (const auto& station : stations) {
    if (station.device.standing != Standing::admitted) continue;
    if (package && !package->fits(station.device.hardware)) continue;
    rollouts::StationReport report{.tags = station.device.tags,
                                   .hardware = station.device.hardware,
                                   .last_seen = from_ms(station.device.last_seen)};
    if (const auto* model = station.report.find(unit)) {
      if (model->package == rollout.plan.package) {
        report.state = model->state;
        report.error = model->error_code.empty() ? "" : cat(model->error_code, ": ", model->error);
      }
      report.current = model->current.package;
      report.knows_bad = std::ranges::find(model->bad, rollout.plan.package) != model->bad.end();
    }
    const auto at = evidence.find(station.device.id);
    if (at != evidence.end()) {
      report.candidate = at->second.candidate;
      report.baseline = at->second.baseline;
    }
    snapshot.stations.emplace(station.device.id, std::move(report));
  }
  return snapshot;
}

std::optional<Change> Conductor::change_for(const Rollout& rollout, const Step& step,
                                            const std::vector<StationView>& stations) const {
  const auto* station = find_station(stations, step.station);
  if (station == nullptr) return std::nullopt;
  const auto& plan = rollout.plan;
  const std::string unit = unit_of(rollout);
  const auto assigned = station->assignments.find(unit);
  if (step.kind == StepKind::offer) {
    Assignment offer{plan.package, plan.id, ""};
    if (assigned != station->assignments.end()) {
      offer.before =
          assigned->second.package == plan.package ? assigned->second.before : assigned->second.package;
    } else if (const auto* model = station->report.find(unit);
               model != nullptr && model->current.package != plan.package) {
      offer.before = model->current.package;
    }
    return Change{step.station, unit, std::move(offer)};
  }
  if (step.kind != StepKind::withdraw && step.kind != StepKind::roll_back) return std::nullopt;
  if (assigned == station->assignments.end() || assigned->second.package != plan.package) return std::nullopt;
  const std::string before = assigned->second.before;
  const auto bad = fleet_.bad();
  // What the hub does not know, such as the model that came with the station, it cannot ask for: the station
  // goes back by itself.
  if (before.empty() || !cache_.find(before) || std::ranges::find(bad, before) != bad.end())
    return Change{step.station, unit, std::nullopt};
  return Change{step.station, unit, Assignment{before, plan.id, ""}};
}

// Durable first, then told.
Status Conductor::take(Rollout& rollout, const std::vector<Step>& steps,
                       const std::vector<StationView>& stations) {
  if (steps.empty()) return {};
  rollouts::RolloutState next = rollout.state;
  std::vector<Change> changes;
  bool aborts = false;
  for (const auto& step : steps) {
    rollouts::apply(next, step);
    aborts = aborts || step.kind == StepKind::abort;
    if (auto change = change_for(rollout, step, stations)) changes.push_back(*std::move(change));
  }
  {
    const std::lock_guard lock(shelf_.mutex);
    auto transaction = sql::Transaction::begin(shelf_.database);
    if (!transaction) return forward(transaction);
    auto done =
        run(shelf_.database, "UPDATE rollouts SET state=?,status=? WHERE id=?",
            json::print(rollouts::to_json(next)), rollouts::status_name(next.status), rollout.plan.id);
    if (done && aborts) {
      done = run(shelf_.database, "INSERT OR IGNORE INTO bad(package,why,at) VALUES(?,?,?)",
                 rollout.plan.package, next.reason, unix_ms(clock_.wall()));
      if (done && shelf_.database.changes() == 1) done = bump_all(shelf_.database);
    }
    if (done) done = write_changes(shelf_.database, changes);
    if (done) done = transaction->commit();
    if (!done) return done;
  }
  const bool moved_on = rollout.state.status != next.status || rollout.state.wave != next.wave;
  rollout.state = std::move(next);
  ++version_;
  if (moved_on) announce();
  if (aborts) fleet_.add_bad(rollout.plan.package);
  fleet_.apply(changes);
  note(rollout, steps);
  return {};
}

// Stations of one tick to which the same happened share an entry.
void Conductor::note(const Rollout& rollout, const std::vector<Step>& steps) {
  constexpr size_t kMostStations = 500;  // an entry has a largest size
  std::map<std::pair<StepKind, std::string>, std::vector<std::string>> said;
  for (const auto& step : steps)
    if (is_decision(step.kind)) said[{step.kind, step.reason}].push_back(step.station);
  for (const auto& [what, stations] : said) {
    for (size_t from = 0; from < stations.size(); from += kMostStations) {
      json::Array names;
      for (size_t i = from; i < std::min(from + kMostStations, stations.size()); ++i)
        if (!stations[i].empty()) names.emplace_back(stations[i]);
      json::Object facts{{"rollout", rollout.plan.id},
                         {"model", rollout.plan.model},
                         {"version", rollout.plan.version},
                         {"reason", what.second}};
      if (!names.empty()) facts.emplace_back("stations", std::move(names));
      audit_(rollouts::kind_name(what.first), std::move(facts));
    }
  }
}

void Conductor::tick() {
  const std::lock_guard lock(mutex_);
  listening_.tick(clock_.wall(), clock_.mono());
  const bool any = std::ranges::any_of(rollouts_, [&](const auto& rollout) { return is_active(rollout); });
  if (!any) return;
  const WallTime now = clock_.wall();
  for (auto& rollout : rollouts_) {
    if (!is_active(rollout)) continue;
    // Seen anew for each: the one before may have changed what stations shall have.
    const auto stations = fleet_.all();
    const auto steps = rollouts::next_steps(rollout.plan, rollout.state, snapshot(rollout, stations), now);
    if (auto taken = take(rollout, steps, stations); !taken)
      log_.error(cat("roll-out ", rollout.plan.id, ": ", taken.error().what, "; it is tried again"));
  }
}

Result<Rollout> Conductor::decide(const std::string& id, Verb verb, const std::string& by) {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(rollouts_, [&](const auto& one) { return one.plan.id == id; });
  if (at == rollouts_.end())
    return fail(ErrorKind::not_found, cat("there is no roll-out '", id.substr(0, 40), "'"));
  const auto status = at->state.status;
  const bool fits = verb == Verb::pause ? status == RolloutStatus::running
                    : verb == Verb::resume
                        ? status == RolloutStatus::paused
                        : status != RolloutStatus::aborted && status != RolloutStatus::aborting;
  if (!fits) {
    return fail(ErrorKind::conflict, cat("roll-out ", id, " is ", rollouts::status_name(status)));
  }
  const WallTime now = clock_.wall();
  const Step step = verb == Verb::pause    ? rollouts::pause_by(by, now)
                    : verb == Verb::resume ? rollouts::resume_by(by, now)
                                           : rollouts::abort_by(by, now);
  if (auto taken = take(*at, {step}, fleet_.all()); !taken) return forward(taken);
  return *at;
}

}  // namespace oree::hub

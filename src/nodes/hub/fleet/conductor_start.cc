// Roll-outs that begin, and those that were under way when the hub ended.
#include <algorithm>

#include "base/text.h"
#include "nodes/hub/fleet/conductor.h"

namespace oree::hub {
namespace {

using rollouts::RolloutStatus;

Result<Rollout> rollout_of(const sql::Statement& row) {
  const std::string id(row.text(0));
  auto plan = rollouts::parse_plan(row.text(1), cat("the plan of ", id));
  if (!plan) return fail(ErrorKind::corrupt, plan.error().what);
  const auto value = json::parse(row.text(2));
  if (!value) return fail(ErrorKind::corrupt, cat("the state of ", id, ": ", value.error().what));
  auto state = rollouts::parse_state_json(*value);
  if (!state) return forward(state, cat("the state of ", id));
  Rollout rollout{.plan = *std::move(plan),
                  .state = *std::move(state),
                  .options = json::parse(row.text(3)).value_or(json::Value()),
                  .created = row.integer(4),
                  .created_by = std::string(row.text(5))};
  return rollout;
}

// A configuration answers nothing: what asks about answers is off, and no two of them look at one part. A
// deployment has no requests either: stations say whether its modules run, and that is what counts.
void fit_to_kind(rollouts::RolloutPlan& plan, deployment::UnitKind kind) {
  if (kind == deployment::UnitKind::model) return;
  if (kind == deployment::UnitKind::deployment) plan.gates.errors = plan.gates.p95_ratio = std::nullopt;
  plan.gates.drift = plan.gates.agreement = plan.gates.accuracy = std::nullopt;
  plan.shadow.requests = 0;
  for (auto& wave : plan.waves) wave.shadow = plan.shadow;
}

}  // namespace

Result<std::unique_ptr<Conductor>> Conductor::open(Shelf& shelf, Fleet& fleet, Packages& packages,
                                                   PackageCache& cache, EvidenceBook& evidence,
                                                   const Clock& clock, Log& log, Fleet::Audit audit) {
  std::unique_ptr<Conductor> conductor(
      new Conductor(shelf, fleet, packages, cache, evidence, clock, log, std::move(audit)));
  if (auto loaded = conductor->load(); !loaded) return forward(loaded);
  return conductor;
}

Status Conductor::load() {
  const std::lock_guard lock(mutex_);
  {
    const std::lock_guard shelf_lock(shelf_.mutex);
    auto statement = shelf_.database.prepare(
        "SELECT id,plan,state,options,created,created_by FROM rollouts ORDER BY rowid");
    if (!statement) return forward(statement);
    auto found = rows<Rollout>(*statement, rollout_of);
    if (!found) return forward(found);
    rollouts_ = *std::move(found);
  }
  announce();
  return {};
}

Result<Rollout> Conductor::start(const StartRequest& request) {
  auto package = packages_.find(request.model, request.version);
  if (!package) return forward(package);
  auto plan =
      request.plan.empty() ? rollouts::parse_plan("{}", "plan") : rollouts::parse_plan(request.plan, "plan");
  if (!plan) return forward(plan);
  const std::lock_guard lock(mutex_);
  const auto bad = fleet_.bad();
  if (std::ranges::find(bad, package->digest) != bad.end()) {
    return fail(ErrorKind::conflict, cat(request.model, " ", request.version,
                                         " was taken back from the fleet: publish a new version"));
  }
  for (const auto& other : rollouts_) {
    const auto status = other.state.status;
    if (unit_of(other) != package->unit()) continue;
    if (status == RolloutStatus::running || status == RolloutStatus::paused) {
      return fail(ErrorKind::conflict, cat("roll-out ", other.plan.id, " of '", other.plan.model, "' is ",
                                           rollouts::status_name(status), "; abort it first"));
    }
  }
  fit_to_kind(*plan, package->index.kind);
  plan->id = cat("r-", rollouts_.size() + 1);
  plan->model = request.model;
  plan->version = request.version;
  plan->package = package->digest;
  const WallTime now = clock_.wall();
  Rollout rollout{.plan = *std::move(plan),
                  .options = json::Object{{"shadow", package->is_model() ? request.shadow : json::Value()},
                                          {"watch_s", request.watch_s}},
                  .created = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count(),
                  .created_by = request.by};
  rollout.state = rollouts::begin(rollout.plan, now);
  {
    const std::lock_guard shelf_lock(shelf_.mutex);
    auto done = run(shelf_.database,
                    "INSERT INTO rollouts(id,model,package,plan,options,state,status,created,created_by) "
                    "VALUES(?,?,?,?,?,?,?,?,?)",
                    rollout.plan.id, rollout.plan.model, rollout.plan.package,
                    json::print(rollouts::to_json(rollout.plan)), json::print(rollout.options),
                    json::print(rollouts::to_json(rollout.state)),
                    rollouts::status_name(rollout.state.status), rollout.created, rollout.created_by);
    if (!done) return forward(done);
  }
  rollouts_.push_back(rollout);
  ++version_;
  announce();
  audit_("rollout", {{"rollout", rollout.plan.id},
                     {std::string(deployment::kind_name(package->index.kind)), rollout.plan.model},
                     {"version", rollout.plan.version},
                     {"package", rollout.plan.package},
                     {"by", request.by}});
  return rollout;
}

std::vector<Rollout> Conductor::list() const {
  const std::lock_guard lock(mutex_);
  return {rollouts_.rbegin(), rollouts_.rend()};
}

Result<Rollout> Conductor::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(rollouts_, [&](const auto& one) { return one.plan.id == id; });
  if (at == rollouts_.end())
    return fail(ErrorKind::not_found, cat("there is no roll-out '", id.substr(0, 40), "'"));
  return *at;
}

std::vector<rollouts::GateView> Conductor::gates(const Rollout& rollout) const {
  return rollouts::view_gates(rollout.plan, rollout.state, snapshot(rollout, fleet_.all()), clock_.wall());
}

std::string Conductor::waits_for(const Rollout& rollout) const {
  return rollouts::view_wait(rollout.plan, rollout.state, snapshot(rollout, fleet_.all()), clock_.wall());
}

uint64_t Conductor::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

}  // namespace oree::hub

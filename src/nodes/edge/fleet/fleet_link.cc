#include "nodes/edge/fleet/fleet_link.h"

#include "base/text.h"
#include "nodes/edge/settings/vio_file.h"
#include "nodes/edge/station/version.h"

namespace oree::edge {
namespace {

using deployment::Candidate, deployment::UnitKind, deployment::Verdict;
Verdict verdict_of(serving::Judgement judgement) {  // the same three answers on both sides, in the same order
  return {static_cast<Verdict::Kind>(judgement.kind),
          {std::move(judgement.code), std::move(judgement.message)}};
}

}  // namespace

Result<std::unique_ptr<FleetLink>> FleetLink::open(deployment::FleetSettings settings,
                                                   const std::filesystem::path& folder, World world) {
  std::unique_ptr<FleetLink> link(new FleetLink(std::move(world)));
  FleetLink* raw = link.get();
  auto agent = deployment::Agent::open(
      std::move(settings), folder,
      {raw->world_.clock, raw->world_.disk, raw->world_.log, *raw, raw->world_.station,
       cat("oree ", kVersion), deployment::boot_word(), [raw] { return raw->measure(); }});
  if (!agent) return forward(agent, "fleet");
  raw->agent_ = std::move(*agent);
  return link;
}

Result<json::Value> FleetLink::configuration_in(const Candidate& candidate) const {
  const auto bytes = world_.disk.read(candidate.folder / "configuration.json", 4 << 20);
  return bytes ? json::parse(as_text(*bytes)) : Result<json::Value>(forward(bytes));
}

Verdict FleetLink::try_out(const Candidate& candidate) {
  if (candidate.kind == UnitKind::model) return verdict_of(trials_.try_out(candidate.name, candidate.folder));
  const auto configuration = configuration_in(candidate);
  if (!configuration) return Verdict::bad("load", configuration.error().what);
  const auto plan = plan_from_vio(*configuration, candidate.folder.string());
  if (!plan) return Verdict::bad("load", plan.error().what);
  for (const auto& step : plan->steps) {
    if (const auto model = world_.models.find(step.model, step.version); !model) {
      return Verdict::bad("self_test", cat("step '", step.name, "': ", model.error().what));
    }
  }
  return Verdict::good();
}

Verdict FleetLink::shadow(const Candidate& candidate, const deployment::ShadowPlan& plan) {
  return verdict_of(trials_.shadow(
      candidate.name, {plan.percent, plan.requests, std::chrono::seconds(plan.at_most_s), plan.agreement}));
}

Verdict FleetLink::serve(UnitKind kind, const std::string& name, const Candidate* candidate) {
  if (kind == UnitKind::model) {
    return verdict_of(trials_.take_over(name, candidate != nullptr ? candidate->folder : ""));
  }
  const auto given = candidate != nullptr ? configuration_in(*candidate) : Result<json::Value>(nullptr);
  if (!given) return Verdict::bad("load", given.error().what);
  auto& known = world_.configurations;
  const auto active = candidate != nullptr ? known.activate(*given) : known.activate(world_.station);
  return active ? Verdict::good() : Verdict::bad("load", active.error().what);
}

Verdict FleetLink::prove(const Candidate& candidate) {
  return candidate.kind == UnitKind::model ? verdict_of(trials_.prove(candidate.name)) : Verdict::good();
}

Verdict FleetLink::watch(const Candidate& candidate, const deployment::WatchPlan& plan) {
  if (candidate.kind != UnitKind::model) return Verdict::good();
  return verdict_of(trials_.watch(
      candidate.name, {std::chrono::seconds(plan.for_s), plan.errors, plan.p95_ratio, plan.drift}));
}

void FleetLink::forget(const Candidate& candidate) {
  if (candidate.kind == UnitKind::model) trials_.forget(candidate.folder);
}

std::vector<deployment::ModelMeasures> FleetLink::measure() {
  const auto units = agent_->standing().units;
  std::vector<deployment::ModelMeasures> all;
  for (auto& one : trials_.take_measures()) {
    all.push_back({.name = one.name,
                   .version = one.version,
                   .role = one.trying ? "new" : "current",
                   .requests = one.seen.requests,
                   .errors = one.seen.errors,
                   .confidence_sum = one.seen.confidence_sum,
                   .latency = std::move(one.seen.latency),
                   .confidence = std::move(one.seen.confidence),
                   .learned = std::move(one.learned),
                   .shadowed = one.shadowed,
                   .agreed = one.agreed});
    deployment::attribute(all.back(), units);
  }
  return all;
}

}  // namespace oree::edge

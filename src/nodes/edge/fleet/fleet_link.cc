#include "nodes/edge/fleet/fleet_link.h"

#include "base/text.h"
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
  if (settings.floor)
    link->floor_ = std::make_unique<deployment::TpmFloor>(*settings.floor, link->world_.key);
  auto agent = deployment::Agent::open(
      std::move(settings), folder,
      {raw->world_.clock, raw->world_.disk, raw->world_.log, *raw, raw->world_.station,
       cat("oree ", kVersion), deployment::boot_word(), [raw] { return raw->measure(); },
       [raw] { return raw->deployments_.modules_json(); }, raw->floor_.get()});
  if (!agent) return forward(agent, "fleet");
  raw->agent_ = std::move(*agent);
  return link;
}

Verdict FleetLink::try_out(const Candidate& candidate) {
  if (candidate.kind == UnitKind::model) return verdict_of(trials_.try_out(candidate.name, candidate.folder));
  return candidate.kind == UnitKind::deployment ? deployments_.try_out(candidate)
                                                : configurations_.try_out(candidate);
}

Verdict FleetLink::shadow(const Candidate& candidate, const deployment::ShadowPlan& plan) {
  return verdict_of(trials_.shadow(
      candidate.name, {plan.percent, plan.requests, std::chrono::seconds(plan.at_most_s), plan.agreement}));
}

Verdict FleetLink::serve(UnitKind kind, const std::string& name, const Candidate* candidate) {
  if (kind == UnitKind::configuration) return configurations_.serve(candidate);
  if (kind == UnitKind::deployment) return deployments_.serve(candidate);
  return verdict_of(trials_.take_over(name, candidate != nullptr ? candidate->folder : ""));
}

Verdict FleetLink::prove(const Candidate& candidate) {
  if (candidate.kind == UnitKind::deployment) return deployments_.prove();
  return candidate.kind == UnitKind::model ? verdict_of(trials_.prove(candidate.name))
                                           : configurations_.prove();
}

Verdict FleetLink::watch(const Candidate& candidate, const deployment::WatchPlan& plan) {
  if (candidate.kind == UnitKind::deployment) return deployments_.watch(plan);
  if (candidate.kind != UnitKind::model) return configurations_.watch(plan);
  return verdict_of(trials_.watch(
      candidate.name, {std::chrono::seconds(plan.for_s), plan.errors, plan.p95_ratio, plan.drift}));
}

// Documents are read in no time; models are what takes its time.
bool FleetLink::holds(const Candidate& candidate) {
  return candidate.kind == UnitKind::model && trials_.holds(candidate.folder);
}

void FleetLink::hold(UnitKind kind, const std::string& name, const Candidate* candidate) {
  if (kind != UnitKind::model) return;
  const std::string old = candidate != nullptr ? candidate->package.version : "what the station brought";
  trials_.hold(
      name, candidate != nullptr ? candidate->folder : "",
      [&log = world_.log, name, old](const Status& held) {
        if (!held)
          return log.warning(cat("model '", name, "': no way back to ", old, ": ", held.error().what));
        log.info(cat("model '", name, "': ", old, " is held in memory for the way back"));
      });
}

void FleetLink::look_at_modules() {
  auto now = json::print(deployments_.modules_json());
  if (now == told_) return;
  told_ = std::move(now);
  agent_->tell();
}

void FleetLink::forget(const Candidate& candidate) {
  if (candidate.kind == UnitKind::model) trials_.forget(candidate.folder);
}

std::vector<deployment::ModelMeasures> FleetLink::measure() {
  const auto units = agent_->standing().units;
  std::vector<deployment::ModelMeasures> all = configurations_.take_measures();
  for (auto& one : all) deployment::attribute(one, units);
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

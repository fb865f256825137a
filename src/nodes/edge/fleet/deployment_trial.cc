#include "nodes/edge/fleet/deployment_trial.h"

#include "base/text.h"

namespace oree::edge {
namespace {

using deployment::Candidate, deployment::Verdict;
using modules::Kind, modules::ModuleStatus;

constexpr std::chrono::seconds kProof{5};      // all run that long
constexpr std::chrono::minutes kPatience{10};  // until all run: images may have to be fetched
constexpr int kMostRestarts = 3;
constexpr int kMostFailedStarts = 3;

std::filesystem::path manifest_of(const Candidate& candidate) {
  return candidate.folder / deployment::kDeploymentFile;
}

bool shall_run(const modules::ModuleReport& report) {
  return report.spec.kind != Kind::station && report.spec.status == manifest::WantedStatus::running;
}

}  // namespace

std::optional<std::filesystem::path> DeploymentTrial::manifest() const {
  const std::lock_guard lock(mutex_);
  return manifest_;
}

Verdict DeploymentTrial::try_out(const Candidate& candidate) {
  if (supervisor_ == nullptr)
    return Verdict::bad("load", "this station runs no modules: its file has no 'modules'");
  const auto bytes = disk_.read(manifest_of(candidate), manifest::kMaxManifestBytes);
  if (!bytes) return Verdict::bad("load", bytes.error().what);
  const auto parsed = manifest::parse_manifest(as_text(*bytes), deployment::kDeploymentFile);
  if (!parsed) return Verdict::bad("load", parsed.error().what);
  const auto fits = supervisor_->check(*parsed);
  return fits ? Verdict::good() : Verdict::bad("self_test", fits.error().what);
}

Verdict DeploymentTrial::serve(const Candidate* candidate) {
  std::optional<std::filesystem::path> wanted;
  if (candidate != nullptr) wanted = manifest_of(*candidate);
  {
    const std::lock_guard lock(mutex_);
    if (wanted == manifest_ && all_run_since_) return Verdict::good();
    manifest_ = wanted;
    since_ = clock_.mono();
    all_run_since_.reset();
  }
  if (supervisor_ != nullptr) supervisor_->use(wanted);
  return Verdict::good();
}

// Bad when a module cannot or does not go on running; undecided otherwise.
Verdict DeploymentTrial::look(bool unhealthy_too) const {
  for (const auto& report : supervisor_->modules()) {
    if (!shall_run(report)) continue;
    const std::string name = cat("module '", report.spec.name, "'");
    if (report.history.failed_starts >= kMostFailedStarts)
      return Verdict::bad("self_test", cat(name, " cannot be started: ", report.error));
    if (report.status == ModuleStatus::failed || report.history.restarts >= kMostRestarts)
      return Verdict::bad("crash",
                          cat(name, " ended ", report.history.restarts + 1, " times",
                              report.observed ? cat(", at last with ", report.observed->exit_code) : ""));
    if (unhealthy_too && report.status == ModuleStatus::unhealthy)
      return Verdict::bad("errors", cat(name, " is unhealthy"));
  }
  return {};
}

Verdict DeploymentTrial::prove() {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  if (supervisor_ == nullptr) return Verdict::bad("load", "this station runs no modules");
  const auto deployment = supervisor_->deployment();
  if (deployment.base != manifest_) return Verdict{};  // it is taken up in a moment
  if (auto found = look(false); found.kind == Verdict::Kind::bad) return found;
  std::string waiting;
  for (const auto& report : supervisor_->modules()) {
    if (shall_run(report) && report.status != ModuleStatus::running) waiting = report.spec.name;
  }
  if (!waiting.empty()) {
    all_run_since_.reset();
    if (now - since_ < kPatience) return Verdict{};
    return Verdict::bad("self_test",
                        cat("module '", waiting, "' does not run after ", kPatience.count(), " minutes",
                            deployment.description.empty() ? "" : ": ", deployment.description));
  }
  if (!all_run_since_) all_run_since_ = now;
  return now - *all_run_since_ >= kProof ? Verdict::good() : Verdict{};
}

Verdict DeploymentTrial::watch(const deployment::WatchPlan& plan) {
  if (supervisor_ == nullptr) return Verdict::good();
  const std::lock_guard lock(mutex_);
  if (supervisor_->deployment().base == manifest_) {
    if (auto found = look(true); found.kind == Verdict::Kind::bad) return found;
  }
  return clock_.mono() - since_ >= std::chrono::seconds(plan.for_s) ? Verdict::good() : Verdict{};
}

json::Value DeploymentTrial::modules_json() const {
  if (supervisor_ == nullptr) return {};
  json::Array list;
  for (const auto& report : supervisor_->modules()) {
    list.push_back(json::Object{{"name", report.spec.name},
                                {"image", report.spec.image},
                                {"status", modules::status_name(report.status)},
                                {"restarts", report.history.restarts}});
  }
  return list;
}

}  // namespace oree::edge

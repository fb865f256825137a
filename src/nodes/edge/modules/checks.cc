// What `oree check` finds out about a running station, in the manner of `iotedge check`.
#include "base/text.h"
#include "nodes/edge/modules/modules.h"

namespace oree::edge {
namespace {

using modules::CheckResult;
using modules::Outcome;

constexpr std::string_view kConfiguration = "Configuration checks";
constexpr std::string_view kModules = "Module checks";

CheckResult of_module(const modules::ModuleReport& report) {
  CheckResult out{.id = cat("module-", report.spec.name),
                  .name = cat("module ", report.spec.name, " does as the manifest says"),
                  .section = std::string(kModules)};
  const bool wants_running = report.spec.status == manifest::WantedStatus::running;
  const bool runs = report.status == modules::ModuleStatus::running;
  if (!report.error.empty()) {
    out.outcome = Outcome::error;
    out.details = {report.error};
  } else if (wants_running != runs) {
    out.outcome = report.status == modules::ModuleStatus::failed ? Outcome::error : Outcome::warning;
    out.details = {cat("It is ", modules::status_name(report.status), " and should be ",
                       wants_running ? "running" : "stopped", "; `oree logs ", report.spec.name,
                       "` shows what it said.")};
    if (report.observed && !report.observed->detail.empty()) out.details.push_back(report.observed->detail);
  } else if (report.history.restarts > 0) {
    out.outcome = Outcome::warning;
    out.details = {cat("It was restarted ", report.history.restarts, " times and has not run for long yet.")};
  }
  return out;
}

}  // namespace

std::vector<CheckResult> Modules::checks() const {
  std::vector<CheckResult> out;
  const auto deployment = supervisor_->deployment();
  CheckResult manifest{.id = "deployment-well-formed",
                       .name = "deployment manifest is well-formed",
                       .section = std::string(kConfiguration)};
  if (deployment.code == 400 || deployment.code == 412) {
    manifest.outcome = Outcome::error;
    manifest.details = {cat("The deployment manifest ", file_.manifest.string(),
                            " is not well-formed. What ran before goes on."),
                        deployment.description};
  }
  out.push_back(std::move(manifest));
  bool placeholders = false;
  for (const auto& note : supervisor_->manifest().notes)
    placeholders = placeholders || note.contains("placeholder");
  out.push_back({.id = "images-named",
                 .name = "deployment manifest names images, not placeholders",
                 .section = std::string(kConfiguration),
                 .outcome = placeholders ? Outcome::error : Outcome::ok,
                 .details = placeholders
                                ? std::vector<std::string>{"Fill in the template before it is deployed."}
                                : std::vector<std::string>{}});
  out.push_back({.id = "module-limits",
                 .name = "production readiness: limits of memory, processor and processes",
                 .section = std::string(kConfiguration),
                 .outcome = limits_.empty() ? Outcome::ok : Outcome::warning,
                 .details = limits_.empty()
                                ? std::vector<std::string>{}
                                : std::vector<std::string>{"Modules run without limits.", limits_}});
  for (const auto& report : supervisor_->modules()) out.push_back(of_module(report));
  return out;
}

}  // namespace oree::edge

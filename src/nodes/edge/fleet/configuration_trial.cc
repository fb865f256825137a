#include "nodes/edge/fleet/configuration_trial.h"

#include <algorithm>

#include "base/text.h"
#include "nodes/edge/settings/fleet_plan.h"
#include "services/inspection/cameras/camera.h"

namespace oree::edge {
namespace {

using deployment::Candidate, deployment::Verdict;

constexpr uint64_t kMaxBytes = 1 << 20;    // of a configuration
constexpr std::chrono::seconds kProof{5};  // at work that long, whatever comes
constexpr uint64_t kFewParts = 3;          // fewer prove nothing
constexpr uint64_t kEnoughParts = 50;

// How items name it.
std::string label_of(const Candidate& candidate) {
  return cat(candidate.name, " ", candidate.package.version);
}

bool is_same_source(const inspection::CameraPlan& a, const inspection::CameraPlan& b) {
  return a.kind == b.kind && a.path == b.path && a.url == b.url && a.camera_id == b.camera_id;
}

}  // namespace

double ConfigurationTrial::Parts::undecided_share() const {
  return seen == 0 ? 0 : static_cast<double>(undecided) / static_cast<double>(seen);
}

Result<inspection::Plan> ConfigurationTrial::plan_of(const Candidate& candidate) const {
  const auto bytes = world_.disk.read(candidate.folder / deployment::kConfigurationFile, kMaxBytes);
  if (!bytes) return forward(bytes);
  return parse_fleet_plan(as_text(*bytes), world_.station, world_.folder);
}

Status ConfigurationTrial::check_triggers(const inspection::Plan& plan) const {
  for (const auto& name : world_.trigger_cameras) {
    if (std::ranges::find(plan.cameras, name, &inspection::CameraPlan::name) == plan.cameras.end()) {
      return fail(ErrorKind::invalid,
                  cat("a trigger of this station needs camera '", name, "', which it does not have"));
    }
  }
  return {};
}

// One picture, through every model that would look at it.
Status ConfigurationTrial::try_camera(const inspection::CameraPlan& camera,
                                      const inspection::Plan& plan) const {
  auto opened = inspection::open_camera(camera, world_.limits.max_bytes, world_.clock);
  if (!opened) return forward(opened);
  if (*opened == nullptr) return {};  // its pictures come with the trigger
  const auto frame = (*opened)->capture(world_.clock.mono() + camera.deadline);
  if (!frame) return forward(frame);
  const auto picture = image::decode(*frame->bytes, world_.limits);
  if (!picture) return forward(picture);
  for (const auto& step : plan.steps) {
    if (step.camera != camera.name) continue;
    const auto model = world_.models.find(step.model, step.version);
    if (!model) return forward(model);
    if (auto answer = (*model)->predict(picture->view(), nullptr); !answer) return forward(answer);
  }
  return {};
}

Verdict ConfigurationTrial::try_out(const Candidate& candidate) {
  const auto plan = plan_of(candidate);
  if (!plan) return Verdict::bad("load", plan.error().what);
  if (auto found = check_triggers(*plan); !found) return Verdict::bad("self_test", found.error().what);
  for (const auto& step : plan->steps) {
    if (const auto model = world_.models.find(step.model, step.version); !model)
      return Verdict::bad("self_test", cat("step '", step.name, "': ", model.error().what));
  }
  const auto active = world_.configurations.active();
  for (const auto& camera : plan->cameras) {
    // One that is in use already may be broken today without the new configuration being to blame.
    const bool in_use = active.configuration &&
                        std::ranges::any_of(active.configuration->plan.cameras,
                                            [&](const auto& known) { return is_same_source(known, camera); });
    if (in_use) continue;
    if (auto tried = try_camera(camera, *plan); !tried)
      return Verdict::bad("self_test", cat("camera '", camera.name, "': ", tried.error().what));
  }
  return Verdict::good();
}

void ConfigurationTrial::begin(const std::string& label) {
  const std::lock_guard lock(mutex_);
  before_ = serving_ == label ? Parts{} : std::move(now_);
  now_ = {};
  serving_ = label;
  since_ = world_.clock.mono();
}

Verdict ConfigurationTrial::serve(const Candidate* candidate) {
  if (candidate == nullptr) {
    const auto active = world_.configurations.activate_own();
    begin("");
    return active ? Verdict::good() : Verdict::bad("load", active.error().what);
  }
  const std::string label = label_of(*candidate);
  const auto active = world_.configurations.active();
  if (active.configuration && active.configuration->fleet_label == label) return Verdict::good();
  auto plan = plan_of(*candidate);
  if (!plan) return Verdict::bad("load", plan.error().what);
  {
    const std::lock_guard lock(mutex_);
    names_[label] = {candidate->name, candidate->package.version};
  }
  if (auto started = world_.configurations.activate_fleet(*std::move(plan), label); !started)
    return Verdict::bad("load", started.error().what);
  begin(label);
  return Verdict::good();
}

Verdict ConfigurationTrial::prove() {
  const std::lock_guard lock(mutex_);
  if (now_.seen >= kFewParts && now_.undecided_share() > 0.5 && before_.undecided_share() <= 0.5) {
    return Verdict::bad("errors", cat(now_.undecided, " of its first ", now_.seen, " parts got no decision"));
  }
  return world_.clock.mono() - since_ >= kProof ? Verdict::good() : Verdict{};
}

Verdict ConfigurationTrial::watch(const deployment::WatchPlan& plan) {
  const std::lock_guard lock(mutex_);
  const double before = before_.seen >= kEnoughParts ? before_.undecided_share() : 0;
  if (now_.undecided >= kFewParts && now_.undecided_share() > before + plan.errors) {
    return Verdict::bad("errors", cat(now_.undecided, " of ", now_.seen, " parts got no decision, ",
                                      fixed((before + plan.errors) * 100, 1), " % are allowed"));
  }
  if (now_.seen >= kEnoughParts && before_.seen >= kEnoughParts) {
    const auto p95 = static_cast<double>(now_.latency.quantile(0.95));
    const auto old = static_cast<double>(before_.latency.quantile(0.95));
    if (p95 > plan.p95_ratio * old) {
      return Verdict::bad("latency",
                          cat("the 95th percentile of a part is ", fixed(p95 / 1000, 1),
                              " ms, with the configuration before it was ", fixed(old / 1000, 1), " ms"));
    }
  }
  return world_.clock.mono() - since_ >= std::chrono::seconds(plan.for_s) ? Verdict::good() : Verdict{};
}

void ConfigurationTrial::note(const inspection::Item& item) {
  const auto add = [&](Parts& parts) {
    ++parts.seen;
    parts.undecided += item.verdict.decision == inspection::Decision::no_decision ? 1 : 0;
    parts.latency.add(static_cast<uint64_t>(std::max<int64_t>(0, item.total.count())));
  };
  const std::lock_guard lock(mutex_);
  const std::string label = names_.contains(item.config) ? item.config : "";
  add(window_[label]);
  if (label == serving_) add(now_);  // one that finished late says nothing of the new one
}

std::vector<deployment::ModelMeasures> ConfigurationTrial::take_measures() {
  const std::lock_guard lock(mutex_);
  std::vector<deployment::ModelMeasures> all;
  for (auto& [label, parts] : window_) {
    deployment::ModelMeasures one{.kind = deployment::UnitKind::configuration,
                                  .name = world_.station,
                                  .role = "current",
                                  .requests = parts.seen,
                                  .errors = parts.undecided,
                                  .latency = std::move(parts.latency)};
    if (const auto named = names_.find(label); named != names_.end())
      std::tie(one.name, one.version) = named->second;
    all.push_back(std::move(one));
  }
  window_.clear();
  return all;
}

}  // namespace oree::edge

#include "services/modules/plan.h"

#include <algorithm>
#include <array>

namespace oree::modules {
namespace {

using manifest::RestartPolicy;
using manifest::WantedStatus;

ModuleStatus seen_status(const Observed& seen, const History& history) {
  if (seen.phase == Phase::running) return seen.unhealthy ? ModuleStatus::unhealthy : ModuleStatus::running;
  if (seen.phase == Phase::created) return ModuleStatus::stopped;
  if (history.condemned) return ModuleStatus::unhealthy;
  return seen.exit_code == 0 ? ModuleStatus::stopped : ModuleStatus::failed;
}

// RestartPolicyManager.ComputeModuleStatusFromRestartPolicy.
ModuleStatus after_policy(ModuleStatus status, RestartPolicy restart, int restarts, const Policy& policy) {
  if (status == ModuleStatus::running || restart == RestartPolicy::never) return status;
  const bool broken = status == ModuleStatus::failed || status == ModuleStatus::unhealthy;
  if (restart != RestartPolicy::always && !broken) return status;
  return restarts >= policy.max_restarts ? ModuleStatus::failed : ModuleStatus::backoff;
}

class Planner {
 public:
  Planner(const Snapshot& snapshot, const Policy& policy) : in_(snapshot), policy_(policy) {}

  Outlook run() {
    remove_unwanted();
    auto order = std::vector<const Spec*>();
    for (const auto& spec : in_.wanted) order.push_back(&spec);
    std::ranges::stable_sort(order, {}, [](const Spec* spec) { return spec->startup_order; });
    for (const Spec* spec : order) look_at(*spec);
    return std::move(out_);
  }

 private:
  void step(Act act, const std::string& module, bool is_restart = false) {
    out_.steps.push_back({act, module, is_restart});
  }
  void look_again(WallTime when) { out_.next = out_.next ? std::min(*out_.next, when) : when; }

  const Observed* seen(const std::string& name) const {
    const auto found = std::ranges::find(in_.observed, name, &Observed::name);
    return found == in_.observed.end() ? nullptr : &*found;
  }

  void remove_unwanted() {
    for (const auto& there : in_.observed) {
      const auto wanted = std::ranges::find(in_.wanted, there.name, &Spec::name);
      if (wanted != in_.wanted.end()) continue;
      if (there.phase == Phase::running) step(Act::stop, there.name);
      step(Act::remove, there.name);
    }
  }

  void look_at(const Spec& spec) {
    const auto known = in_.history.find(spec.name);
    History& history = out_.history[spec.name];
    if (known != in_.history.end()) history = known->second;
    const Observed* there = seen(spec.name);
    if (there == nullptr || there->digest != spec.digest) {
      make(spec, there, history);
    } else if (spec.status == WantedStatus::stopped) {
      keep_stopped(spec, *there, history);
    } else {
      keep_running(spec, *there, history);
    }
  }

  // It is not there, or is another version. The old one works until the new one's image is here.
  void make(const Spec& spec, const Observed* old, History& history) {
    ModuleStatus& status = out_.statuses[spec.name];
    status = old != nullptr ? seen_status(*old, history) : ModuleStatus::unknown;
    if (waits_after_failure(history)) {
      if (old == nullptr) status = ModuleStatus::backoff;
      return;
    }
    const auto image = in_.images.find(spec.name);
    const ImageState state = image == in_.images.end() ? ImageState::missing : image->second.state;
    if (state == ImageState::fetching) return;
    if (state != ImageState::ready) {
      step(Act::fetch, spec.name);
      return;
    }
    if (old != nullptr) {
      if (old->phase == Phase::running) step(Act::stop, spec.name);
      step(Act::remove, spec.name);
    }
    history = {.failed_starts = history.failed_starts,
               .last_failed_start = history.last_failed_start,
               .error = history.error};
    step(Act::create, spec.name);
    if (spec.status == WantedStatus::running) step(Act::start, spec.name);
  }

  void keep_stopped(const Spec& spec, const Observed& there, History& history) {
    out_.statuses[spec.name] = there.phase == Phase::running ? ModuleStatus::running : ModuleStatus::stopped;
    history.forced = false;
    history.wanted_stop = true;
    if (there.phase == Phase::running) step(Act::stop, spec.name);
  }

  void keep_running(const Spec& spec, const Observed& there, History& history) {
    ModuleStatus& status = out_.statuses[spec.name];
    status = seen_status(there, history);
    if (history.forced) return force(spec, there, history);
    if (there.phase == Phase::running) {
      if (there.unhealthy && spec.restart != RestartPolicy::never) {
        history.condemned = true;
        step(Act::stop, spec.name);
        return;
      }
      history.condemned = false;
      history.wanted_stop = false;
      clear_when_steady(there, history);
      return;
    }
    if (waits_after_failure(history)) {
      status = ModuleStatus::backoff;
      return;
    }
    // Made but never started, or stopped by us before: wanting it to run again is no restart.
    if (there.phase == Phase::created || history.wanted_stop) {
      history.wanted_stop = false;
      step(Act::start, spec.name);
      return;
    }
    status = after_policy(status, spec.restart, history.restarts, policy_);
    if (status == ModuleStatus::backoff) restart_in_time(spec, there, history);
  }

  void force(const Spec& spec, const Observed& there, History& history) {
    history = {};
    if (there.phase == Phase::running) step(Act::stop, spec.name);
    step(Act::start, spec.name);
  }

  void clear_when_steady(const Observed& there, History& history) {
    if (history.restarts == 0 && history.failed_starts == 0) return;
    const WallTime steady = there.started.value_or(in_.now) + policy_.intensive_care;
    if (in_.now < steady) return look_again(steady);
    history.restarts = 0;
    history.failed_starts = 0;
    history.error.clear();
  }

  void restart_in_time(const Spec& spec, const Observed& there, History& history) {
    const WallTime ended = there.finished.value_or(in_.now);
    const WallTime due = ended + cool_off(history.restarts, policy_);
    // A clock that was set back must not keep a module down (the agent's own rule).
    if (ended <= in_.now && in_.now < due) return look_again(due);
    ++history.restarts;
    history.condemned = false;
    step(Act::start, spec.name, true);
  }

  // What could not be made or started is tried again with the same pauses, for ever.
  bool waits_after_failure(const History& history) {
    if (history.failed_starts == 0) return false;
    const WallTime due = history.last_failed_start + cool_off(history.failed_starts - 1, policy_);
    if (in_.now < history.last_failed_start || in_.now >= due) return false;
    look_again(due);
    return true;
  }

  const Snapshot& in_;
  const Policy& policy_;
  Outlook out_;
};

}  // namespace

std::string_view status_name(ModuleStatus status) {
  constexpr std::array<std::string_view, 6> kNames{"unknown",   "backoff", "running",
                                                   "unhealthy", "stopped", "failed"};
  return kNames[static_cast<size_t>(status)];
}

std::string_view act_name(Act act) {
  constexpr std::array<std::string_view, 5> kNames{"fetch", "create", "start", "stop", "remove"};
  return kNames[static_cast<size_t>(act)];
}

std::chrono::seconds cool_off(int restarts, const Policy& policy) {
  auto pause = policy.cool_off_unit;
  for (int i = 0; i < restarts && pause < policy.longest_cool_off; ++i) pause *= 2;
  return std::min(pause, policy.longest_cool_off);
}

Outlook plan(const Snapshot& snapshot, const Policy& policy) {
  return Planner(snapshot, policy).run();
}

}  // namespace oree::modules

// A deployment manifest that the hub brings: read and held against what this box can run, then at work and
// watched; and back.
//
// Tried means: the original would accept it, its routes can be read, and each module has a way to run here.
// Proven means: all modules that shall run do, for a few seconds. Watched means: none of them fails, keeps
// being restarted or turns unhealthy. attach() comes before the agent starts; the rest from its one thread,
// manifest() from any.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "platform/files/files.h"
#include "platform/json/value.h"
#include "services/deployment/installer.h"
#include "services/modules/supervisor.h"

namespace oree::edge {

class DeploymentTrial {
 public:
  DeploymentTrial(const Clock& clock, files::Disk& disk) : clock_(clock), disk_(disk) {}

  // What runs modules here; nobody does until then.
  void attach(modules::Supervisor* supervisor) { supervisor_ = supervisor; }
  // The manifest that the hub brought; nullopt: the station's own.
  std::optional<std::filesystem::path> manifest() const;

  deployment::Verdict try_out(const deployment::Candidate& candidate);
  deployment::Verdict serve(const deployment::Candidate* candidate);  // nullptr: the station's own
  deployment::Verdict prove();
  deployment::Verdict watch(const deployment::WatchPlan& plan);

  // What runs, for the hub; null without modules.
  json::Value modules_json() const;

 private:
  deployment::Verdict look(bool unhealthy_too) const;

  const Clock& clock_;
  files::Disk& disk_;
  modules::Supervisor* supervisor_ = nullptr;
  mutable std::mutex mutex_;
  std::optional<std::filesystem::path> manifest_;
  MonoTime since_{};
  std::optional<MonoTime> all_run_since_;
};

}  // namespace oree::edge

// Ties the hub's agent (services/deployment) to what serves here: models through services/serving's trials,
// configurations through ConfigurationTrial, deployment manifests through DeploymentTrial. Lives between them
// and the server.
#pragma once

#include <memory>

#include "nodes/edge/fleet/configuration_trial.h"
#include "nodes/edge/fleet/deployment_trial.h"
#include "services/deployment/agent/agent.h"
#include "services/serving/trial/trials.h"

namespace oree::edge {

class FleetLink final : public deployment::Workplace {
 public:
  struct World {
    Clock& clock;
    files::Disk& disk;
    Log& log;
    serving::ModelRepository& models;
    Configurations& configurations;
    image::DecodeLimits limits;
    std::string station;
    std::filesystem::path configurations_folder;
    std::vector<std::string> trigger_cameras;
    std::shared_ptr<sealing::KeySource> key;  // of sealed models; a floor marks the state with it
  };
  // What serves is put to work when this returns; no network.
  static Result<std::unique_ptr<FleetLink>> open(deployment::FleetSettings settings,
                                                 const std::filesystem::path& folder, World world);

  void start() { agent_->start(); }
  void stop() { agent_->stop(); }
  void note(const inspection::Item& item) { configurations_.note(item); }
  deployment::Agent::Standing standing() const { return agent_->standing(); }
  // Before start(). Null: nothing runs beside this station.
  void attach(modules::Supervisor* supervisor) { deployments_.attach(supervisor); }
  // The manifest that the hub brought; nullopt: the station's own.
  std::optional<std::filesystem::path> manifest() const { return deployments_.manifest(); }
  // Tells the hub when modules are not what it heard last. One thread, now and then.
  void look_at_modules();

  deployment::Verdict try_out(const deployment::Candidate& candidate) override;
  deployment::Verdict shadow(const deployment::Candidate& candidate,
                             const deployment::ShadowPlan& plan) override;
  deployment::Verdict serve(deployment::UnitKind kind, const std::string& name,
                            const deployment::Candidate* candidate) override;
  deployment::Verdict prove(const deployment::Candidate& candidate) override;
  deployment::Verdict watch(const deployment::Candidate& candidate,
                            const deployment::WatchPlan& plan) override;
  bool holds(const deployment::Candidate& candidate) override;
  void hold(deployment::UnitKind kind, const std::string& name,
            const deployment::Candidate* candidate) override;
  void forget(const deployment::Candidate& candidate) override;

 private:
  explicit FleetLink(World world)
      : world_(std::move(world)),
        trials_(world_.models, world_.clock),
        configurations_({world_.clock, world_.disk, world_.models, world_.configurations, world_.limits,
                         world_.station, world_.configurations_folder, world_.trigger_cameras}),
        deployments_(world_.clock, world_.disk) {}
  std::vector<deployment::ModelMeasures> measure();

  World world_;
  serving::Trials trials_;
  ConfigurationTrial configurations_;
  DeploymentTrial deployments_;
  std::string told_;  // of modules
  std::unique_ptr<deployment::Floor> floor_;
  std::unique_ptr<deployment::Agent> agent_;
};

}  // namespace oree::edge

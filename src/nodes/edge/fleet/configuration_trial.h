// A configuration that the hub brings, beside the one at work: read, tried on what this station has, then at
// work and watched; and back.
//
// Tried means: its models are here and answer, the station's own triggers find their cameras, and each camera
// that is new or another one than before gives a picture. Watched means: the share of parts without a
// decision and the time of a part, against those of the configuration before. note() may come from any
// thread, the rest from one.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/inference/predictor.h"
#include "nodes/edge/station/configurations.h"
#include "platform/image/image.h"
#include "services/deployment/agent/report.h"
#include "services/deployment/installer.h"

namespace oree::edge {

class ConfigurationTrial {
 public:
  struct World {
    const Clock& clock;
    files::Disk& disk;
    inference::PredictorSource& models;
    Configurations& configurations;
    image::DecodeLimits limits;
    std::string station;
    std::filesystem::path folder;              // relative paths start here
    std::vector<std::string> trigger_cameras;  // which the station's own triggers name
  };
  explicit ConfigurationTrial(World world) : world_(std::move(world)) {}

  deployment::Verdict try_out(const deployment::Candidate& candidate);
  deployment::Verdict serve(const deployment::Candidate* candidate);  // nullptr: the station's own
  deployment::Verdict prove();
  deployment::Verdict watch(const deployment::WatchPlan& plan);

  void note(const inspection::Item& item);
  // What was seen since the last time, per configuration.
  std::vector<deployment::ModelMeasures> take_measures();

 private:
  struct Parts {
    uint64_t seen = 0, undecided = 0;
    monitoring::LatencySketch latency;
    double undecided_share() const;
  };
  Result<inspection::Plan> plan_of(const deployment::Candidate& candidate) const;
  Status check_triggers(const inspection::Plan& plan) const;
  Status try_camera(const inspection::CameraPlan& camera, const inspection::Plan& plan) const;
  void begin(const std::string& label);

  const World world_;
  std::mutex mutex_;
  std::string serving_;  // its label; "" = the station's own
  MonoTime since_{};
  Parts now_, before_;
  std::map<std::string, Parts> window_;                               // by label
  std::map<std::string, std::pair<std::string, std::string>> names_;  // label → name and version
};

}  // namespace oree::edge

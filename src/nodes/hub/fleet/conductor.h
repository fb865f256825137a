// Roll-outs at work: asks services/rollouts what to do next, and does it. A state and what follows from it
// are one transaction, so that a hub which is killed goes on where it was. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "nodes/hub/fleet/evidence.h"
#include "nodes/hub/fleet/fleet.h"
#include "services/rollouts/listening.h"
#include "services/rollouts/rollout.h"

namespace oree::hub {

struct Rollout {
  rollouts::RolloutPlan plan;
  rollouts::RolloutState state;
  json::Value options;  // {"shadow": …, "watch_s": …} as asked for
  int64_t created = 0;
  std::string created_by;
};

struct StartRequest {
  std::string model, version;
  std::string plan;    // JSON or YAML; "" = the usual one
  json::Value shadow;  // as in docs/formats/fleet.md, or null
  int64_t watch_s = 600;
  std::string by;
};

class Conductor {
 public:
  static Result<std::unique_ptr<Conductor>> open(Shelf& shelf, Fleet& fleet, Packages& packages,
                                                 PackageCache& cache, EvidenceBook& evidence,
                                                 const Clock& clock, Log& log, Fleet::Audit audit);
  // `conflict` while another roll-out of the model, or of any configuration, is running or paused.
  Result<Rollout> start(const StartRequest& request);
  enum class Verb { pause, resume, abort };
  Result<Rollout> decide(const std::string& id, Verb verb, const std::string& by);

  void tick();                        // every roll-out that is not over
  std::vector<Rollout> list() const;  // newest first
  Result<Rollout> find(const std::string& id) const;
  std::vector<rollouts::GateView> gates(const Rollout& rollout) const;
  // What keeps its wave from ending, in words; "" unless it is running.
  std::string waits_for(const Rollout& rollout) const;
  uint64_t version() const;

 private:
  Conductor(Shelf& shelf, Fleet& fleet, Packages& packages, PackageCache& cache, EvidenceBook& evidence,
            const Clock& clock, Log& log, Fleet::Audit audit)
      : shelf_(shelf),
        fleet_(fleet),
        packages_(packages),
        cache_(cache),
        evidence_(evidence),
        clock_(clock),
        log_(log),
        audit_(std::move(audit)),
        listening_(clock.wall(), clock.mono()) {}
  Status load();
  void announce();
  // What of a station it changes (Package::unit).
  std::string unit_of(const Rollout& rollout) const;
  bool is_active(const Rollout& rollout) const;
  rollouts::FleetSnapshot snapshot(const Rollout& rollout, const std::vector<StationView>& stations) const;
  Status take(Rollout& rollout, const std::vector<rollouts::Step>& steps,
              const std::vector<StationView>& stations);
  std::optional<Change> change_for(const Rollout& rollout, const rollouts::Step& step,
                                   const std::vector<StationView>& stations) const;
  void note(const Rollout& rollout, const std::vector<rollouts::Step>& steps);

  Shelf& shelf_;
  Fleet& fleet_;
  Packages& packages_;
  PackageCache& cache_;
  EvidenceBook& evidence_;
  const Clock& clock_;
  Log& log_;
  const Fleet::Audit audit_;
  rollouts::Listening listening_;

  mutable std::mutex mutex_;
  std::vector<Rollout> rollouts_;  // oldest first
  uint64_t version_ = 1;
};

}  // namespace oree::hub

// The life of a part, in one place: trigger → pictures, each with a deadline → decoded once → models → a rule
// per step → one decision → durable → told.
//
// inspect() may be called from many threads; pulled cameras work on their own lanes, side by side, and pushed
// pictures on the caller's thread. It returns once the item is durable. What goes wrong with a camera, a
// picture or a model is part of the item (NO_DECISION with the reason), never an error of the call; the call
// fails only when the item cannot be stored (`full`, `unavailable`).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/inference/predictor.h"
#include "core/monitoring/metrics.h"
#include "core/storage/record_store.h"
#include "services/inspection/cameras/lane.h"
#include "services/inspection/items/item.h"
#include "services/inspection/plan.h"

namespace oree::inspection {

struct CameraStatus {
  std::string name;
  CameraKind kind;
  std::string state;  // waiting, ok, late, failed
  std::string last_error;
  std::optional<WallTime> last_seen;
  uint64_t frames = 0;
  uint64_t failures = 0;
  milliseconds deadline{0};
};

// What the inspector borrows; all of it must outlive it.
struct InspectorWorld {
  inference::PredictorSource& models;
  storage::RecordStore& store;
  const Clock& clock;
  monitoring::Registry& metrics;
  image::DecodeLimits limits;
  // Called with each stored item, on the thread that inspected it; must be quick.
  std::function<void(const Item& item)> on_item;
};

class Inspector {
 public:
  using Pushed = std::map<std::string, Frame>;  // camera → picture

  static Result<std::unique_ptr<Inspector>> create(Plan plan, std::string config,
                                                   json::Value cameras_metadata, InspectorWorld world);
  ~Inspector();

  Result<Item> inspect(Trigger trigger, Pushed pushed);
  // Pictures without judgement, to be labelled and trained on.
  Result<Item> collect(Trigger trigger, std::string class_name, Pushed pushed);

  const Plan& plan() const { return plan_; }
  std::vector<CameraStatus> cameras() const;

 private:
  struct Gathering;
  struct CameraState;
  Inspector(Plan plan, std::string config, json::Value cameras_metadata, InspectorWorld world);

  std::shared_ptr<Gathering> gather(Pushed pushed, bool judge);
  void process(Gathering& gathering, size_t camera, Result<Frame> frame, microseconds capture) const;
  void judge_steps(Gathering& gathering, size_t camera, const image::Image& picture) const;
  void judge_nothing(Gathering& gathering, size_t camera) const;
  void await(Gathering& gathering, size_t camera, MonoTime deadline) const;
  bool is_looked_through(const std::string& camera) const;
  Item new_item(Trigger trigger) const;
  Result<Item> store(Item item, MonoTime started) const;
  void note_camera(size_t camera, const Reason& failure) const;

  Plan plan_;
  std::string config_;
  json::Value cameras_metadata_;
  InspectorWorld world_;
  std::vector<std::unique_ptr<CameraState>> states_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // as plan_.cameras; nullptr = pushed
};

}  // namespace oree::inspection

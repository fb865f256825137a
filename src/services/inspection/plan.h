// What a station does, as values: its cameras, its steps, the rule for the whole part. Read from a file by
// the node.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "services/inspection/rules/item_rule.h"
#include "services/inspection/rules/step_rule.h"

namespace oree::inspection {

enum class CameraKind {
  folder,       // pictures of a folder, in name order
  snapshot,     // fetched from an HTTP address
  pushed,       // comes with the trigger, by POST or as a new file
  vio_capture,  // VIO's camera service: POST {url}/capture?camera_id=…
  absent,       // named in a configuration, but of a type that is not spoken; always fails, saying so
};

struct CameraPlan {
  std::string name;
  CameraKind kind = CameraKind::pushed;
  std::string path;       // folder
  bool loop = true;       // folder: begin again after the last
  std::string url;        // snapshot, vio_capture
  std::string camera_id;  // vio_capture
  std::string why_absent;
  milliseconds deadline{1000};
};

struct StepPlan {
  std::string name;
  std::string camera;
  std::string model;
  std::string version;  // "" = newest
  std::optional<StepRule> rule;
};

struct Plan {
  std::string station;
  std::vector<CameraPlan> cameras;
  std::vector<StepPlan> steps;  // those of one camera share its decoded picture
  ItemRule item_rule;
};

std::string_view camera_kind_name(CameraKind kind);

}  // namespace oree::inspection

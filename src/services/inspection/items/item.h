// One inspected part: what was seen, what was predicted, what was decided and why, and how long each stage
// took.
//
// print_item() writes the JSON that is stored and sent; its first fields are those of VIO's items, so that a
// client of VIO reads them. The form is described in docs/formats/item.md.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "core/inference/predictor.h"
#include "platform/json/value.h"
#include "services/inspection/plan.h"
#include "services/inspection/rules/decision.h"

namespace oree::inspection {

struct Trigger {
  std::string type;    // "timer", "http", "new_file", "upload"
  std::string detail;  // for people: "every 500 ms"
};

struct StoredPicture {
  std::string sha256;
  std::string path;  // of the file
  std::string media_type;
  int width = 0;
  int height = 0;
  uint64_t bytes = 0;
  std::string source;
  WallTime captured;
};

struct CameraOutcome {
  std::string camera;
  std::optional<StoredPicture> picture;  // absent when the capture failed
  Reason failure;                        // code "" when all went well
  std::string truth;
  microseconds capture{0};
  microseconds decode{0};
  microseconds store{0};
};

struct StepOutcome {
  StepPlan plan;
  inference::Identity model;
  std::optional<inference::Prediction> prediction;
  Verdict verdict;
  inference::PredictTimings timings;
  microseconds rule{0};
};

struct Item {
  std::string id;
  std::string station;
  std::string config;
  WallTime created;
  Trigger trigger;
  std::vector<CameraOutcome> cameras;
  std::vector<StepOutcome> steps;
  ItemRule item_rule;
  Verdict verdict;
  std::string state = "DONE";
  std::string truth;
  std::string class_name;  // of uploads
  json::Value cameras_metadata = json::Object{};
  microseconds total{0};  // in what is stored: until the commit; in what is returned: with it
  std::string json;       // as stored; filled once it is
};

json::Value item_json(const Item& item);
json::Value prediction_json(const inference::Prediction& prediction, const inference::Identity& model);
// The searchable facts: decision, every label that was predicted, camera, trigger, model.
std::vector<std::pair<std::string, std::string>> item_attributes(const Item& item);

}  // namespace oree::inspection

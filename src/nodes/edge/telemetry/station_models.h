// Models as SQL finds them on a station: networks by name in the models folder, and detectors. A folder that
// holds a detector.yaml of an auto-encoder is one model of windows as the detector sees them: raw readings in
// the order of its columns, out comes the error that its threshold is for.
//
//   ae_error('robot-lstm/1', drill_speed, …) OVER (PARTITION BY robot ORDER BY time ROWS 59 PRECEDING)
//
// Thread-safe.
#pragma once

#include "services/queries/models/backend_models.h"

namespace oree::edge {

class StationModels final : public queries::ModelSource {
 public:
  StationModels(inference::Backend& backend, std::filesystem::path folder);
  Result<std::shared_ptr<const inference::Model>> find(std::string_view name) override;
  Result<std::shared_ptr<const inference::Model>> load(ByteView file) override;

 private:
  inference::Backend& backend_;
  std::filesystem::path folder_;
  queries::BackendModels plain_;
};

}  // namespace oree::edge

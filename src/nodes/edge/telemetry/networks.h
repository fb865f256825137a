// Trained networks that watch, opened as one of station.yaml's detectors asks for.
#pragma once

#include <memory>

#include "core/inference/model.h"
#include "nodes/edge/settings/telemetry_fields.h"
#include "services/detection/detector.h"

namespace oree::edge {

// The network's own columns and rate take the setting's place.
Result<std::shared_ptr<detection::Detector>> open_network(DetectorSetting& setting,
                                                          inference::Backend& backend);

}  // namespace oree::edge

// Vibration: Welch spectrum of each axis, log10(density + 1e-10), a 1D network, sigmoid; above 0.85 is an
// anomaly. One second at 1000 Hz, say, is `window: 1000, every: 1ms` in detector.yaml and 129 values for each
// axis.
//
// The network takes FP32 [N or 1, axes, bins], or [N or 1, bins] for one axis, and gives one logit each.
// score() looks every half window and holds its answer between. fit() only checks the columns. Thread-safe.
#pragma once

#include <memory>

#include "core/inference/model.h"
#include "services/detection/detector.h"
#include "services/detection/networks/detector_file.h"

namespace oree::detection {

Result<std::unique_ptr<Detector>> open_vibration(const DetectorFile& file, inference::Backend& backend);
Result<std::unique_ptr<Detector>> make_vibration(const DetectorFile& file,
                                                 std::shared_ptr<const inference::Model> network);

// What the network sees of `samples` (one column for each axis): axes × bins. The signal's rate is 1 / every.
Result<std::vector<float>> vibration_features(const Rows& samples, microseconds every);

}  // namespace oree::detection

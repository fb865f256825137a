// detector.yaml: what a trained detector's network does not say by itself. It stands beside the .onnx files.
//
//   detector: lstm_autoencoder          # or vibration_cnn
//   columns: [drill_speed, drill_temperature, bit_friction, cooling_temperature]
//   window: 60                          # rows (auto-encoder) or samples (vibration) that one score looks at
//   every: 1s                           # the time between two rows
//   model_file: model.onnx
//   scaler_file: scaler.onnx            # auto-encoder only
//   training: {loss: 0.156, threshold: 0.304, median_error: 0.151}
//
// A network that did not learn is refused: a loss that is not finite, a threshold that is not, or one above
// 10 times the median error of its own training windows (ReLU auto-encoders diverge like that). Values, no
// threads.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace oree::detection {

enum class NetworkKind { lstm_autoencoder, vibration_cnn };

struct TrainingFacts {
  double loss = 0;
  double threshold = 0;     // auto-encoder: the largest training error; vibration: 0.85 unless said
  double median_error = 0;  // auto-encoder: of its training windows
};

struct DetectorFile {
  NetworkKind kind = NetworkKind::lstm_autoencoder;
  std::string description;
  std::vector<std::string> columns;
  size_t window = 60;
  microseconds every{1'000'000};
  std::filesystem::path model_file, scaler_file;  // in the folder
  TrainingFacts training;
};

inline constexpr double kVibrationThreshold = 0.85;
inline constexpr double kMaxThresholdOverMedian = 10;

// Every mistake of the file with its place; `invalid` too for a network that did not learn.
Result<DetectorFile> parse_detector_file(std::string_view text, const std::filesystem::path& folder);
Result<DetectorFile> load_detector_file(const std::filesystem::path& folder);

}  // namespace oree::detection

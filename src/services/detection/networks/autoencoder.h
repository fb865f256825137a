// The LSTM auto-encoder as a Detector: two networks, a scaler and one that rebuilds a window of scaled rows.
// The score of a row is the mean absolute difference between the window that ends with it and its rebuilding
// (`erreur` of windows.h); the threshold is the largest error of the training windows.
//
//   auto file = load_detector_file("models/robot-lstm/1");
//   auto detector = open_autoencoder(*file, backend);
//   auto now = (*detector)->judge(last_60_rows);
//
// fit() only checks the columns: the network came trained. score() and judge_each() run the network on up to
// 64 windows at once where its batch is variable, which is about three times cheaper than one by one.
// Thread-safe.
#pragma once

#include <memory>

#include "core/inference/model.h"
#include "services/detection/detector.h"
#include "services/detection/networks/detector_file.h"

namespace oree::detection {

// What rebuilding one window gave, for SQL functions and for parity with the published scripts.
struct Rebuilt {
  std::vector<float> scaled;   // window × columns, after the scaler
  std::vector<float> rebuilt;  // the same shape
  double error = 0;
};

class Autoencoder : public Detector {
 public:
  // Windows one after the other, window() × columns each; one error for each.
  virtual Result<std::vector<double>> errors(std::span<const double> windows) const = 0;
  virtual Result<Rebuilt> rebuild(std::span<const double> window) const = 0;
  virtual const DetectorFile& file() const = 0;
};

// `invalid` when the networks' shapes do not fit the file: the scaler takes [N, columns] and gives the same,
// the network takes [N or 1, window, columns] and gives the same, all FP32.
Result<std::unique_ptr<Autoencoder>> open_autoencoder(const DetectorFile& file, inference::Backend& backend);
// The same from models that are loaded already, for stores that keep models elsewhere.
Result<std::unique_ptr<Autoencoder>> make_autoencoder(const DetectorFile& file,
                                                      std::shared_ptr<const inference::Model> scaler,
                                                      std::shared_ptr<const inference::Model> network);

}  // namespace oree::detection

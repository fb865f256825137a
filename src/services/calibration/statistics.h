// What calibration remembers of one tensor: its histogram, the average of each sample's extremes, and the
// mean of each channel. Constant size for a given number of channels. Values; not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/calibration/histogram.h"

namespace oree::calibration {

class Statistics {
 public:
  // `values` are one sample, row-major of `shape`, whose axis 0 is the batch. Channels lie on axis 1, but of
  // tensors with 2 or 3 dimensions on the last. `invalid` for NaN and infinity.
  Status add_sample(std::span<const float> values, std::span<const int64_t> shape);

  const Histogram& histogram() const { return histogram_; }
  uint64_t samples() const { return samples_; }
  double mean_min() const { return samples_ == 0 ? 0 : sum_of_minima_ / static_cast<double>(samples_); }
  double mean_max() const { return samples_ == 0 ? 0 : sum_of_maxima_ / static_cast<double>(samples_); }
  std::vector<double> channel_means() const;
  const std::vector<float>& channel_minima() const { return channel_minima_; }
  const std::vector<float>& channel_maxima() const { return channel_maxima_; }

 private:
  void add_channels(std::span<const float> values, std::span<const int64_t> shape);

  Histogram histogram_;
  uint64_t samples_ = 0;
  double sum_of_minima_ = 0, sum_of_maxima_ = 0;
  uint64_t per_channel_ = 0;  // values that each channel's sum is made of
  std::vector<double> channel_sums_;
  std::vector<float> channel_minima_, channel_maxima_;
};

}  // namespace oree::calibration

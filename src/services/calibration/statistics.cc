#include "services/calibration/statistics.h"

#include <algorithm>
#include <cstring>

namespace oree::calibration {

namespace {

constexpr size_t kMaxChannels = 65'536;

struct Runs {  // the tensor as [outer][channels][inner]
  size_t outer = 1, channels = 1, inner = 1;
};

Runs runs_of(std::span<const int64_t> shape) {
  Runs runs;
  const size_t axis = shape.size() >= 4 ? 1 : shape.size() - 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const auto size = static_cast<size_t>(shape[i]);
    (i < axis ? runs.outer : i == axis ? runs.channels : runs.inner) *= size;
  }
  return runs;
}

struct Row {
  double sum = 0;
  float low = 0, high = 0;
};

using Float4 = float __attribute__((vector_size(16)));

Row row_of(std::span<const float> values) {
  const float first = values[0];
  Float4 sum{}, low{first, first, first, first}, high = low;
  Row row{0, first, first};
  size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    Float4 x;
    std::memcpy(&x, &values[i], sizeof x);
    sum += x;
    low = x < low ? x : low;
    high = x > high ? x : high;
  }
  for (size_t lane = 0; lane < 4; ++lane) {
    row.sum += double{sum[lane]};
    row.low = std::min(row.low, low[lane]);
    row.high = std::max(row.high, high[lane]);
  }
  for (; i < values.size(); ++i) {
    row.sum += double{values[i]};
    row.low = std::min(row.low, values[i]);
    row.high = std::max(row.high, values[i]);
  }
  return row;
}

}  // namespace

void Statistics::add_channels(std::span<const float> values, std::span<const int64_t> shape) {
  if (shape.empty()) return;
  const Runs runs = runs_of(shape);
  if (runs.channels == 0 || runs.channels > kMaxChannels) return;
  if (channel_sums_.size() != runs.channels) {
    channel_sums_.assign(runs.channels, 0);
    channel_minima_.assign(runs.channels, 0);
    channel_maxima_.assign(runs.channels, 0);
    per_channel_ = 0;
  }
  for (size_t o = 0; o < runs.outer; ++o) {
    for (size_t c = 0; c < runs.channels; ++c) {
      const Row row = row_of(values.subspan((o * runs.channels + c) * runs.inner, runs.inner));
      channel_sums_[c] += row.sum;
      const bool first = per_channel_ == 0 && o == 0;
      channel_minima_[c] = first ? row.low : std::min(channel_minima_[c], row.low);
      channel_maxima_[c] = first ? row.high : std::max(channel_maxima_[c], row.high);
    }
  }
  per_channel_ += runs.outer * runs.inner;
}

Status Statistics::add_sample(std::span<const float> values, std::span<const int64_t> shape) {
  if (values.empty()) return {};
  const Result<Histogram::Reach> reach = histogram_.add(values);
  if (!reach) return forward(reach);
  sum_of_minima_ += double{reach->low};
  sum_of_maxima_ += double{reach->high};
  ++samples_;
  add_channels(values, shape);
  return {};
}

std::vector<double> Statistics::channel_means() const {
  std::vector<double> means = channel_sums_;
  for (double& mean : means) mean /= static_cast<double>(std::max<uint64_t>(per_channel_, 1));
  return means;
}

}  // namespace oree::calibration

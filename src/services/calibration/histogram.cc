#include "services/calibration/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/text.h"

namespace oree::calibration {

namespace {

// Floor of values within ±4096; the compiler has no single instruction for it on the oldest x86-64.
int floor_of(float value) {
  const int cut = static_cast<int>(value);
  return cut - static_cast<int>(value < static_cast<float>(cut));
}

struct Extremes {
  float low = 0, high = 0;
  uint64_t zeros = 0;
  bool finite = true;
};

// Four lanes, so that neither comparison waits for the one before.
Extremes extremes_of(std::span<const float> values) {
  constexpr size_t kLanes = 8;
  std::array<float, kLanes> low, high, sum;
  low.fill(values[0]);
  high.fill(values[0]);
  sum.fill(0);
  std::array<uint32_t, kLanes> zeros{};
  Extremes found;
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float x = values[i + lane];
      low[lane] = x < low[lane] ? x : low[lane];
      high[lane] = x > high[lane] ? x : high[lane];
      sum[lane] += x * 0.0f;  // NaN as soon as one value is NaN or infinite
      zeros[lane] += x == 0.0f ? 1u : 0u;
    }
  }
  for (; i < values.size(); ++i) {
    low[0] = std::min(low[0], values[i]);
    high[0] = std::max(high[0], values[i]);
    sum[0] += values[i] * 0.0f;
    zeros[0] += values[i] == 0.0f ? 1u : 0u;
  }
  found.low = *std::ranges::min_element(low);
  found.high = *std::ranges::max_element(high);
  for (size_t lane = 0; lane < kLanes; ++lane) {
    found.finite = found.finite && sum[lane] == 0.0f;
    found.zeros += zeros[lane];
  }
  return found;
}

// The narrowest width 2^e, e >= from, with which [low, high] takes at most kBins bins.
int exponent_for(float low, float high, int from) {
  int e = from;
  const float span = std::max(high, -low);
  if (span > 0) e = std::max(e, std::ilogb(span) - 12);  // at most one or two steps too narrow
  while (std::floor(std::ldexp(double{high}, -e)) - std::floor(std::ldexp(double{low}, -e)) >=
             Histogram::kBins ||
         std::max(std::ldexp(double{high}, -e), -std::ldexp(double{low}, -e)) >= Histogram::kBins)
    ++e;
  return e;
}

}  // namespace

double Histogram::width() const {
  return std::ldexp(1.0, exponent_);
}
int Histogram::first() const {
  return static_cast<int>(std::floor(std::ldexp(double{std::min(min_, 0.0f)}, -exponent_)));
}
int Histogram::last() const {
  return static_cast<int>(std::floor(std::ldexp(double{std::max(max_, 0.0f)}, -exponent_)));
}

void Histogram::widen_for(float low, float high) {
  const int wanted = exponent_for(low, high, exponent_);
  if (count_ == zeros_) {
    exponent_ = wanted;
    return;
  }
  while (exponent_ < wanted) {
    decltype(bins_) wider{};
    for (int bin = first(); bin <= last(); ++bin)
      wider[static_cast<size_t>(bin >> 1) & (kBins - 1)] += at(bin);
    bins_ = wider;
    ++exponent_;
  }
}

Result<Histogram::Reach> Histogram::add(std::span<const float> values) {
  if (values.empty()) return Reach{};
  const Extremes found = extremes_of(values);
  if (!found.finite) {
    const auto bad = std::ranges::find_if(values, [](float x) { return !std::isfinite(x); });
    return fail(ErrorKind::invalid,
                cat("value ", bad - values.begin(), " is ", std::isnan(*bad) ? "not a number" : "infinite"));
  }
  if (count_ - zeros_ + values.size() > std::numeric_limits<uint32_t>::max())
    return fail(ErrorKind::full, "more than 4,294,967,295 values other than zero; use fewer samples");
  const float low = count_ == 0 ? found.low : std::min(min_, found.low);
  const float high = count_ == 0 ? found.high : std::max(max_, found.high);
  widen_for(std::min(low, 0.0f), std::max(high, 0.0f));
  min_ = low;
  max_ = high;
  count_ += values.size();
  zeros_ += found.zeros;
  const float inverse = std::ldexp(1.0f, -exponent_);
  size_t i = 0;
  for (const float x : values) {
    const size_t bin = static_cast<size_t>(floor_of(x * inverse)) & (kBins - 1);
    const size_t aside = kBins + (i++ & (kAside - 1));
    ++bins_[x == 0.0f ? aside : bin];
  }
  return Reach{found.low, found.high};
}

std::string Histogram::bytes() const {
  std::string out;
  const auto put = [&out](const auto& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  put(exponent_);
  put(min_);
  put(max_);
  put(count_);
  put(zeros_);
  for (size_t bin = 0; bin < kBins; ++bin) put(bins_[bin]);
  return out;
}

}  // namespace oree::calibration

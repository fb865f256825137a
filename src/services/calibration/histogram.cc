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

constexpr size_t kWays = 4, kBlock = 512;

struct Extremes {
  float low = 0, high = 0;
  uint64_t zeros = 0;
  bool finite = true;
};

using Float4 = float __attribute__((vector_size(16)));
using Int4 = int32_t __attribute__((vector_size(16)));

Float4 load(const float* at) {
  Float4 four;
  std::memcpy(&four, at, sizeof four);
  return four;
}

// Two times four lanes, so that no comparison waits for the one before.
Extremes extremes_of(std::span<const float> values) {
  Extremes found{values[0], values[0]};
  float sum = 0;  // NaN as soon as one value is NaN or infinite
  const Float4 first{values[0], values[0], values[0], values[0]}, none{};
  Float4 low0 = first, low1 = first, high0 = first, high1 = first, sum0 = none, sum1 = none;
  Int4 zeros{};  // enough for 8,589,934,592 values
  size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    const Float4 x = load(&values[i]), y = load(&values[i + 4]);
    low0 = x < low0 ? x : low0;
    low1 = y < low1 ? y : low1;
    high0 = x > high0 ? x : high0;
    high1 = y > high1 ? y : high1;
    sum0 += x * none;
    sum1 += y * none;
    zeros -= (x == none) + (y == none);  // true is -1
  }
  low0 = low1 < low0 ? low1 : low0;
  high0 = high1 > high0 ? high1 : high0;
  sum0 += sum1;
  for (size_t lane = 0; lane < 4; ++lane) {
    found.low = std::min(found.low, low0[lane]);
    found.high = std::max(found.high, high0[lane]);
    sum += sum0[lane];
    found.zeros += static_cast<uint32_t>(zeros[lane]);
  }
  for (; i < values.size(); ++i) {
    found.low = std::min(found.low, values[i]);
    found.high = std::max(found.high, values[i]);
    sum += values[i] * 0.0f;
    found.zeros += values[i] == 0.0f ? 1 : 0;
  }
  found.finite = sum == 0.0f;
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

// Neighbours in a tensor are often alike, and an increment has to wait for the one before it in the same
// place: so four in a row count in four places, in 16 bits, that all of it stays in the nearest cache.
void Histogram::count(std::span<const float> values) {
  const float inverse = std::ldexp(1.0f, -exponent_);
  if (values.size() < kBins) {
    for (const float x : values) ++bins_[static_cast<size_t>(floor_of(x * inverse)) & (kBins - 1)];
    return;
  }
  std::array<std::array<uint16_t, kBins>, kWays> ways;
  std::array<int32_t, kBlock> places;
  while (!values.empty()) {
    for (auto& way : ways) way.fill(0);
    std::span<const float> some = values.first(std::min(values.size(), kWays * size_t{UINT16_MAX}));
    values = values.subspan(some.size());
    for (; some.size() >= kBlock; some = some.subspan(kBlock)) {
      for (size_t i = 0; i < kBlock; ++i) places[i] = floor_of(some[i] * inverse) & (kBins - 1);
      for (size_t i = 0; i < kBlock; i += kWays) {
        ++ways[0][static_cast<size_t>(places[i])];
        ++ways[1][static_cast<size_t>(places[i + 1])];
        ++ways[2][static_cast<size_t>(places[i + 2])];
        ++ways[3][static_cast<size_t>(places[i + 3])];
      }
    }
    for (const float x : some) ++bins_[static_cast<size_t>(floor_of(x * inverse)) & (kBins - 1)];
    for (size_t bin = 0; bin < kBins; ++bin)
      bins_[bin] += uint32_t{ways[0][bin]} + ways[1][bin] + ways[2][bin] + ways[3][bin];
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
  count(values);
  bins_[0] -= static_cast<uint32_t>(found.zeros);
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

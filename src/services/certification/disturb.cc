#include "services/certification/disturb.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace oree::certification {

namespace {

constexpr std::array<DisturbanceFacts, 3> kDisturbances{{
    {Disturbance::noise, "noise", false},
    {Disturbance::blur, "blur", true},
    {Disturbance::brightness, "brightness", true},
}};

struct Planes {
  size_t count = 0, height = 0, width = 0, step = 1, row = 0, plane = 0;  // element strides
};

Planes planes_of(const tensor::Shape& shape) {
  if (shape.size() != 4) return {};
  const auto at = [&](size_t i) { return static_cast<size_t>(shape[i]); };
  if (shape[3] <= 4 && shape[1] > 4)  // channels last
    return {at(0) * at(3), at(1), at(2), at(3), at(2) * at(3), 1};
  return {at(0) * at(1), at(2), at(3), 1, at(3), at(2) * at(3)};
}

// Means of 3 × 3 with the rim repeated; sums in one order whatever the place, so that they are the same bits.
void blur(std::span<float> values, const Planes& p) {
  const std::vector<float> from(values.begin(), values.end());
  for (size_t plane = 0; plane < p.count; ++plane) {
    const size_t base = plane * p.plane;
    for (size_t y = 0; y < p.height; ++y) {
      const std::array<const float*, 3> rows{&from[base + (y == 0 ? 0 : y - 1) * p.row],
                                             &from[base + y * p.row],
                                             &from[base + std::min(y + 1, p.height - 1) * p.row]};
      float* const out = &values[base + y * p.row];
      for (size_t x = 0; x < p.width; ++x) {
        const size_t left = (x == 0 ? 0 : x - 1) * p.step, middle = x * p.step,
                     right = std::min(x + 1, p.width - 1) * p.step;
        float sum = 0;
        for (const float* row : rows) {
          sum += row[left];
          sum += row[middle];
          sum += row[right];
        }
        out[middle] = sum / 9;
      }
    }
  }
}

}  // namespace

std::span<const DisturbanceFacts> disturbances() {
  return kDisturbances;
}

void disturb(tensor::Tensor& input, Disturbance disturbance, unsigned seed) {
  const std::span<float> values = input.as<float>();
  if (values.empty()) return;
  const auto [least, most] = std::ranges::minmax(values);
  const float low = least, high = most, range = high - low;
  if (disturbance == Disturbance::noise) {
    std::mt19937 random(seed);
    std::normal_distribution<float> noise(0, 0.04f * range);
    for (float& value : values) value = std::clamp(value + noise(random), low, high);
  } else if (disturbance == Disturbance::brightness) {
    for (float& value : values) value = std::min(value + 0.15f * range, high);
  } else if (const Planes planes = planes_of(input.shape()); planes.count > 0) {
    blur(values, planes);
  }
}

}  // namespace oree::certification

#include "platform/image/axis.h"

#include <algorithm>
#include <cmath>

namespace oree::image {

namespace {

void prepare_copy(Axis& axis) {
  const auto begin = static_cast<int>(axis.span.begin);
  axis.taps = 1;
  axis.weights.assign(static_cast<size_t>(axis.span.target), 1.0f);
  for (int i = 0; i < axis.span.target; ++i) axis.first[static_cast<size_t>(i)] = begin + i;
}

// Writes the weights of the target sample centred at `centre` and returns its first source sample.
int weigh(const Axis& axis, double centre, double support, float* weights) {
  const auto lowest = static_cast<int>(std::floor(centre - support + 0.5));
  const int first = std::clamp(lowest, 0, axis.span.source - axis.taps);
  double sum = 0;
  const auto weight = [&](int tap) {
    return std::max(0.0, 1.0 - std::abs(first + tap + 0.5 - centre) / support);
  };
  for (int tap = 0; tap < axis.taps; ++tap) sum += weight(tap);
  for (int tap = 0; tap < axis.taps; ++tap) weights[tap] = static_cast<float>(weight(tap) / sum);
  return first;
}

}  // namespace

void prepare(Axis& axis, const Span& span) {
  if (axis.span == span) return;
  axis.span = span;
  axis.first.resize(static_cast<size_t>(span.target));
  axis.copies = span.length == span.target && span.begin == std::floor(span.begin);
  if (axis.copies) {
    prepare_copy(axis);
  } else {
    const double step = span.length / span.target;
    const double support = std::max(1.0, step);
    axis.taps = std::min(span.source, static_cast<int>(std::ceil(2 * support)));
    axis.weights.resize(static_cast<size_t>(span.target) * static_cast<size_t>(axis.taps));
    for (int i = 0; i < span.target; ++i) {
      float* weights = axis.weights.data() + ptrdiff_t{i} * axis.taps;
      axis.first[static_cast<size_t>(i)] = weigh(axis, span.begin + (i + 0.5) * step, support, weights);
    }
  }
  axis.begin = axis.first.front();
  axis.end = axis.first.back() + axis.taps;
}

}  // namespace oree::image

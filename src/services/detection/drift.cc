#include "services/detection/drift.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "services/detection/numeric/statistics.h"

namespace oree::detection {

namespace {

Result<std::vector<double>> sorted(std::span<const double> sample) {
  if (sample.empty())
    return fail(ErrorKind::invalid, "a distance between samples needs values on both sides");
  std::vector<double> out(sample.begin(), sample.end());
  if (std::ranges::any_of(out, [](double v) { return !std::isfinite(v); })) {
    return fail(ErrorKind::invalid, "a distance between samples needs finite values");
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

Result<double> wasserstein(std::span<const double> reference, std::span<const double> current) {
  const auto a = sorted(reference);
  if (!a) return forward(a);
  const auto b = sorted(current);
  if (!b) return forward(b);
  size_t i = 0, j = 0;
  double area = 0;
  double at = std::min(a->front(), b->front());
  while (i < a->size() || j < b->size()) {
    const bool from_a = j == b->size() || (i < a->size() && (*a)[i] <= (*b)[j]);
    const double next = from_a ? (*a)[i] : (*b)[j];
    const double below_a = static_cast<double>(i) / static_cast<double>(a->size());
    const double below_b = static_cast<double>(j) / static_cast<double>(b->size());
    area += std::abs(below_a - below_b) * (next - at);
    at = next;
    ++(from_a ? i : j);
  }
  return area;
}

Result<double> normed_wasserstein(std::span<const double> reference, std::span<const double> current) {
  const auto distance = wasserstein(reference, current);
  if (!distance) return forward(distance);
  return *distance / std::max(deviation(reference), 0.001);
}

}  // namespace oree::detection

#include "services/search/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace oree::search {
namespace {

using Points = std::vector<Objectives>;

// Of points that are all better than the reference, in the first `dims` objectives.
double volume(Points points, const Objectives& reference, size_t dims) {
  if (points.empty()) return 0;
  if (dims == 1) {
    double best = reference[0];
    for (const auto& point : points) best = std::min(best, point[0]);
    return reference[0] - best;
  }
  const size_t last = dims - 1;
  std::ranges::sort(points, {}, [last](const Objectives& p) { return p[last]; });
  double sum = 0;
  Points below;
  for (size_t i = 0; i < points.size(); ++i) {
    below.push_back(points[i]);
    const double next = i + 1 < points.size() ? points[i + 1][last] : reference[last];
    const double depth = next - points[i][last];
    if (depth > 0) sum += depth * volume(below, reference, last);
  }
  return sum;
}

}  // namespace

bool dominates(const Objectives& a, const Objectives& b) {
  bool better = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

std::vector<size_t> front_of(std::span<const Objectives> all) {
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return all[a] < all[b]; });
  std::vector<size_t> front;  // whatever dominates a point comes before it in this order
  for (const size_t i : order) {
    const bool beaten = std::ranges::any_of(
        front, [&](size_t other) { return dominates(all[other], all[i]) || all[other] == all[i]; });
    if (!beaten) front.push_back(i);
  }
  std::ranges::sort(front);
  return front;
}

double hypervolume(std::span<const Objectives> all, const Objectives& reference) {
  Points points;
  for (const size_t i : front_of(all)) {
    bool inside = true;
    for (size_t k = 0; k < reference.size(); ++k) inside = inside && all[i][k] < reference[k];
    if (inside) points.push_back(all[i]);
  }
  return volume(std::move(points), reference, reference.size());
}

size_t balanced_pick(std::span<const Objectives> all, const Objectives& scale) {
  const auto front = front_of(all);
  Objectives best = all[front.front()];
  for (const size_t i : front)
    for (size_t k = 0; k < best.size(); ++k) best[k] = std::min(best[k], all[i][k]);
  size_t pick = front.front();
  double least = std::numeric_limits<double>::infinity();
  for (const size_t i : front) {
    double worst = 0;
    for (size_t k = 0; k < best.size(); ++k) worst = std::max(worst, (all[i][k] - best[k]) / scale[k]);
    if (worst < least) least = worst, pick = i;
  }
  return pick;
}

}  // namespace oree::search

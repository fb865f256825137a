#include "services/serving/trial/agreement.h"

#include <algorithm>
#include <cmath>

#include "core/monitoring/confidence.h"

namespace oree::serving {
namespace {

constexpr double kFalseRefusals = 1e-4;

constexpr double kOverlap = 0.5;
constexpr double kEnough = 0.9;

double area(const inference::Box& box) {
  return std::max(0.0, static_cast<double>(box.right - box.left)) *
         std::max(0.0, static_cast<double>(box.bottom - box.top));
}

double overlap(const inference::Box& a, const inference::Box& b) {
  const inference::Box both{std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
                            std::min(a.bottom, b.bottom)};
  const double common = area(both);
  const double whole = area(a) + area(b) - common;
  return whole > 0 ? common / whole : 0;
}

bool same_objects(const std::vector<inference::Object>& a, const std::vector<inference::Object>& b) {
  std::vector<bool> taken(b.size(), false);
  size_t pairs = 0;
  for (const auto& one : a) {
    for (size_t i = 0; i < b.size(); ++i) {
      if (taken[i] || b[i].label != one.label || overlap(one.box, b[i].box) < kOverlap) continue;
      taken[i] = true;
      ++pairs;
      break;
    }
  }
  return static_cast<double>(pairs) >= kEnough * static_cast<double>(std::max(a.size(), b.size()));
}

bool same_cells(const inference::Mask& a, const inference::Mask& b) {
  if (a.width != b.width || a.height != b.height || a.cells.size() != b.cells.size()) return false;
  size_t same = 0;
  for (size_t i = 0; i < a.cells.size(); ++i) same += a.cells[i] == b.cells[i] ? 1 : 0;
  return static_cast<double>(same) >= kEnough * static_cast<double>(a.cells.size());
}

}  // namespace

bool agree(const inference::Prediction& a, const inference::Prediction& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case inference::PredictionKind::classes: {
      const auto *best_a = a.best(), *best_b = b.best();
      return best_a != nullptr && best_b != nullptr ? best_a->label == best_b->label : best_a == best_b;
    }
    case inference::PredictionKind::objects:
      return same_objects(a.objects, b.objects);
    case inference::PredictionKind::mask:
      return same_cells(a.mask, b.mask);
  }
  return false;
}

Share judge_share(double wanted, uint64_t agreed, uint64_t all) {
  if (static_cast<double>(agreed) >= wanted * static_cast<double>(all)) return Share::reached;
  return monitoring::refuted(wanted, agreed, all, kFalseRefusals) ? Share::refuted : Share::unclear;
}

std::optional<double> confidence_of(const inference::Prediction& prediction) {
  if (prediction.kind == inference::PredictionKind::classes) {
    const auto* best = prediction.best();
    return best != nullptr ? std::optional<double>(best->score) : std::nullopt;
  }
  if (prediction.kind != inference::PredictionKind::objects || prediction.objects.empty())
    return std::nullopt;
  double sum = 0;
  for (const auto& object : prediction.objects) sum += object.score;
  return sum / static_cast<double>(prediction.objects.size());
}

}  // namespace oree::serving

#include "services/detection/detectors/isolation_forest.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "services/detection/detectors/fitted_detector.h"

namespace oree::detection {

namespace {

// Mean depth of an unsuccessful search among n keys (equation 1 of the paper).
double usual_depth(size_t n) {
  if (n < 2) return 0;
  if (n == 2) return 1;
  const auto m = static_cast<double>(n - 1);
  return 2 * (std::log(m) + std::numbers::egamma) - 2 * m / static_cast<double>(n);
}

struct Cut {
  uint32_t feature = 0;
  double value = 0;
  uint32_t left = 0, right = 0;  // 0: this is a leaf
  double depth = 0;              // of a leaf, with what its rows would add
};

using Points = std::vector<std::span<const double>>;

// The random numbers are drawn by hand: the standard distributions differ between libraries.
class Grower {
 public:
  Grower(uint64_t seed, size_t features) : random_(seed), features_(features) {}

  size_t below(size_t n) { return static_cast<size_t>(unit() * static_cast<double>(n)); }

  std::vector<Cut> grow(Points points) {
    const auto limit =
        static_cast<size_t>(std::ceil(std::log2(static_cast<double>(std::max<size_t>(points.size(), 2)))));
    std::vector<Cut> tree;
    split(tree, points, 0, limit);
    return tree;
  }

 private:
  double unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  // A feature that has two values among the points, and its range; none after a few tries.
  bool choose(std::span<std::span<const double>> points, Cut& cut, double& low, double& high) {
    for (size_t tries = 0; tries < 2 * features_; ++tries) {
      cut.feature = static_cast<uint32_t>(below(features_));
      low = high = points[0][cut.feature];
      for (const auto& point : points) {
        low = std::min(low, point[cut.feature]);
        high = std::max(high, point[cut.feature]);
      }
      if (low < high) return true;
    }
    return false;
  }

  uint32_t split(std::vector<Cut>& tree, std::span<std::span<const double>> points, size_t depth,
                 size_t limit) {
    const auto here = static_cast<uint32_t>(tree.size());
    tree.emplace_back();
    Cut cut;
    double low = 0, high = 0;
    if (depth >= limit || points.size() < 2 || !choose(points, cut, low, high)) {
      tree[here].depth = static_cast<double>(depth) + usual_depth(points.size());
      return here;
    }
    cut.value = low + (high - low) * unit();
    const auto middle = std::partition(points.begin(), points.end(),
                                       [&](const auto& point) { return point[cut.feature] <= cut.value; });
    const auto left = static_cast<size_t>(middle - points.begin());
    cut.left = split(tree, points.first(left), depth + 1, limit);
    cut.right = split(tree, points.subspan(left), depth + 1, limit);
    tree[here] = cut;
    return here;
  }

  std::mt19937_64 random_;
  size_t features_;
};

class Forest final : public FittedDetector {
 public:
  Forest(std::string_view name, const ForestOptions& options)
      : FittedDetector(name, options.steps, {.quantile = options.quantile}), options_(options) {}

 protected:
  size_t needed() const override { return options_.steps; }

  Status learn(const Rows& rows) override {
    size_ = options_.steps * rows.columns;
    const size_t windows = rows.count() - options_.steps + 1;
    const size_t sample = std::min(options_.sample, windows);
    usual_ = std::max(usual_depth(sample), 1e-9);
    Grower grower(options_.seed, size_);
    trees_.clear();
    for (size_t t = 0; t < options_.trees; ++t)
      trees_.push_back(grower.grow(draw(grower, rows, windows, sample)));
    return {};
  }

  void measure(const Rows& rows, std::span<double> scores, std::vector<double>* blame) const override {
    for (size_t i = 0; i + options_.steps <= rows.count(); ++i) {
      scores[i + options_.steps - 1] = score_of(window_at(rows, i));
    }
    if (blame) blame_last(rows, *blame);
  }

 private:
  std::span<const double> window_at(const Rows& rows, size_t first) const {
    return rows.values.subspan(first * rows.columns, size_);
  }

  // Without putting back (Floyd's way would need a set; the first `sample` of a shuffle will do).
  Points draw(Grower& grower, const Rows& rows, size_t windows, size_t sample) const {
    std::vector<size_t> order(windows);
    for (size_t i = 0; i < windows; ++i) order[i] = i;
    Points points;
    for (size_t i = 0; i < sample; ++i) {
      std::swap(order[i], order[i + grower.below(windows - i)]);
      points.push_back(window_at(rows, order[i]));
    }
    return points;
  }

  double score_of(std::span<const double> point) const {
    double depth = 0;
    for (const auto& tree : trees_) {
      const Cut* cut = &tree[0];
      while (cut->left != 0) cut = &tree[point[cut->feature] <= cut->value ? cut->left : cut->right];
      depth += cut->depth;
    }
    return std::exp2(-depth / static_cast<double>(trees_.size()) / usual_);
  }

  // How much lower the score is when a column is as usual (0 is its median).
  void blame_last(const Rows& rows, std::vector<double>& blame) const {
    const auto last = window_at(rows, rows.count() - options_.steps);
    const double score = score_of(last);
    for (size_t c = 0; c < blame.size(); ++c) {
      std::vector<double> usual(last.begin(), last.end());
      for (size_t k = c; k < usual.size(); k += blame.size()) usual[k] = 0;
      blame[c] = std::max(0.0, score - score_of(usual));
    }
  }

  ForestOptions options_;
  size_t size_ = 0;
  double usual_ = 1;
  std::vector<std::vector<Cut>> trees_;
};

}  // namespace

std::unique_ptr<Detector> make_isolation_forest(std::string_view name, const ForestOptions& options) {
  return std::make_unique<Forest>(name, options);
}

}  // namespace oree::detection

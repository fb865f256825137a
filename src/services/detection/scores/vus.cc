#include "services/detection/scores/vus.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "services/detection/scores/point_scores.h"

namespace oree::detection {

namespace {

constexpr size_t kThresholds = 250;

// Each row's weight: 1 in an anomaly, falling with the square root to both sides over half of `length`.
std::vector<double> widen(std::span<const uint8_t> labels, std::span<const RowSpan> anomalies,
                          size_t length) {
  std::vector<double> weights(labels.size(), 0.0);
  for (size_t i = 0; i < labels.size(); ++i) weights[i] = labels[i] != 0 ? 1 : 0;
  const auto side = static_cast<ptrdiff_t>(length / 2);
  const auto rows = static_cast<ptrdiff_t>(labels.size());
  const auto add = [&](ptrdiff_t row, ptrdiff_t distance) {
    if (row < 0 || row >= rows) return;
    weights[static_cast<size_t>(row)] +=
        std::sqrt(1 - static_cast<double>(distance) / static_cast<double>(length));
  };
  for (const RowSpan& anomaly : anomalies) {
    for (ptrdiff_t d = 1; d <= side; ++d) add(static_cast<ptrdiff_t>(anomaly.last) + d, d);
    for (ptrdiff_t d = 1; d <= side; ++d) add(static_cast<ptrdiff_t>(anomaly.first) - d, d);
  }
  for (double& w : weights) w = std::min(w, 1.0);
  return weights;
}

// Scores from best to worst, and the places among them where a threshold is taken.
struct Ranking {
  std::vector<size_t> order;
  std::vector<double> scores;   // by rank
  std::vector<size_t> flagged;  // for each threshold: how many rows reach it
  std::vector<double> thresholds;

  explicit Ranking(std::span<const double> raw) : order(raw.size()) {
    const auto value = [&](size_t i) {
      return std::isnan(raw[i]) ? -std::numeric_limits<double>::infinity() : raw[i];
    };
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, [&](size_t a, size_t b) { return value(a) > value(b); });
    for (const size_t i : order) scores.push_back(value(i));
    for (size_t t = 0; t < kThresholds; ++t) {
      const size_t rank = t * (raw.size() - 1) / (kThresholds - 1);
      thresholds.push_back(scores[rank]);
      const auto end = std::ranges::upper_bound(scores, scores[rank], std::greater<>{});
      flagged.push_back(static_cast<size_t>(end - scores.begin()));
    }
  }
};

// For each widened anomaly its best score, best anomaly first: how many are touched at a threshold.
std::vector<double> best_of_each(std::span<const double> weights, const Ranking& ranking) {
  std::vector<size_t> anomaly_of(weights.size(), SIZE_MAX);
  size_t count = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    if (i == 0 || weights[i - 1] <= 0) ++count;
    anomaly_of[i] = count - 1;
  }
  std::vector<double> best(count, -std::numeric_limits<double>::infinity());
  for (size_t rank = 0; rank < ranking.order.size(); ++rank) {
    const size_t anomaly = anomaly_of[ranking.order[rank]];
    if (anomaly != SIZE_MAX) best[anomaly] = std::max(best[anomaly], ranking.scores[rank]);
  }
  std::ranges::sort(best, std::greater<>{});
  return best;
}

// The area under precision and recall for one widening. What lies beside an anomaly must not be found, so it
// counts among the positives only where it is flagged.
double area(std::span<const double> weights, std::span<const uint8_t> labels, double positives,
            const Ranking& ranking) {
  std::vector<double> hits(weights.size() + 1, 0.0), beside(weights.size() + 1, 0.0);
  for (size_t rank = 0; rank < weights.size(); ++rank) {
    const size_t row = ranking.order[rank];
    hits[rank + 1] = hits[rank] + weights[row];
    beside[rank + 1] = beside[rank] + (labels[row] != 0 ? 0 : weights[row]);
  }
  const auto best = best_of_each(weights, ranking);
  double sum = 0, recall_before = 0;
  for (size_t t = 0; t < kThresholds; ++t) {
    const size_t flagged = ranking.flagged[t];
    const auto end = std::ranges::upper_bound(best, ranking.thresholds[t], std::greater<>{});
    const double touched = static_cast<double>(end - best.begin()) / static_cast<double>(best.size());
    const double recall = std::min(hits[flagged] / (positives + beside[flagged] / 2), 1.0) * touched;
    sum += (recall - recall_before) * hits[flagged] / static_cast<double>(flagged);
    recall_before = recall;
  }
  return sum;
}

}  // namespace

double vus_pr(std::span<const uint8_t> labels, std::span<const double> scores, size_t window) {
  const auto anomalies = spans_of(labels);
  const auto positives = static_cast<double>(std::ranges::count_if(labels, [](uint8_t l) { return l != 0; }));
  if (anomalies.empty() || positives == static_cast<double>(labels.size())) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const Ranking ranking(scores);
  double sum = 0;
  for (size_t length = 0; length <= window; ++length) {
    sum += area(widen(labels, anomalies, length), labels, positives, ranking);
  }
  return sum / static_cast<double>(window + 1);
}

}  // namespace oree::detection

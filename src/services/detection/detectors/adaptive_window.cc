#include "services/detection/detectors/adaptive_window.h"

#include <algorithm>
#include <cmath>

namespace oree::detection {

double AdaptiveWindow::step(double value) {
  insert(value);
  merge();
  size_t before = 0;
  const double loudest = loudest_cut(before);
  for (double cut = loudest; cut > 1 && before > 0;) {
    drop_oldest(before);
    cut = loudest_cut(before);
  }
  return loudest;
}

void AdaptiveWindow::insert(double value) {
  if (count_ > 0) {
    const double distance = value - mean();
    squares_ += distance * distance * count_ / (count_ + 1);
  }
  ++count_;
  sum_ += value;
  buckets_.push_back({1, value, 0});
}

// When there are more than kPerSize buckets of one size, the two oldest of it become one.
void AdaptiveWindow::merge() {
  size_t end = buckets_.size();
  while (end > 0) {
    const double size = buckets_[end - 1].count;
    size_t first = end;
    while (first > 0 && buckets_[first - 1].count <= size) --first;
    if (end - first <= kPerSize) return;
    Bucket& older = buckets_[first];
    const Bucket& newer = buckets_[first + 1];
    const double distance = older.sum / older.count - newer.sum / newer.count;
    older.squares +=
        newer.squares + distance * distance * older.count * newer.count / (older.count + newer.count);
    older.sum += newer.sum;
    older.count += newer.count;
    buckets_.erase(buckets_.begin() + static_cast<ptrdiff_t>(first) + 1);
    end = first + 1;
  }
}

double AdaptiveWindow::loudest_cut(size_t& buckets_before) const {
  buckets_before = 0;
  double loudest = 0, count = 0, sum = 0;
  const double variance = std::max(squares_ / count_, 0.0);
  const double doubt = std::log(2 * std::log(std::max(count_, 3.0)) / confidence_);
  for (size_t i = 0; i + 1 < buckets_.size(); ++i) {
    count += buckets_[i].count;
    sum += buckets_[i].sum;
    const double rest = count_ - count;
    if (count < kLeast || rest < kLeast) continue;
    const double m = 1 / (1 / (count - kLeast + 1) + 1 / (rest - kLeast + 1));
    const double bound = std::sqrt(2 / m * variance * doubt) + 2 / (3 * m) * doubt;
    const double loudness = std::abs(sum / count - (sum_ - sum) / rest) / bound;
    if (loudness <= loudest) continue;
    loudest = loudness;
    buckets_before = i + 1;
  }
  return loudest;
}

void AdaptiveWindow::drop_oldest(size_t buckets) {
  for (size_t i = 0; i < buckets; ++i) {
    const Bucket& gone = buckets_.front();
    const double rest = count_ - gone.count;
    const double distance = gone.sum / gone.count - (sum_ - gone.sum) / rest;
    squares_ -= gone.squares + distance * distance * gone.count * rest / count_;
    count_ = rest;
    sum_ -= gone.sum;
    buckets_.pop_front();
  }
  squares_ = std::max(squares_, 0.0);
}

}  // namespace oree::detection

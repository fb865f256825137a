// ADWIN2 of one quantity: exponential buckets, so that memory and time grow with the logarithm of the window.
// Private to this room. Not thread-safe; copied freely.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace oree::detection {

class AdaptiveWindow {
 public:
  explicit AdaptiveWindow(double confidence) : confidence_(confidence) {}

  // Takes one value; the largest |difference of means| / bound over all cuts of the window. Above 1 the older
  // part was dropped.
  double step(double value);
  double length() const { return count_; }
  double mean() const { return count_ > 0 ? sum_ / count_ : 0; }

 private:
  struct Bucket {
    double count, sum, squares;  // squares: Σ (x − bucket mean)²
  };
  static constexpr size_t kPerSize = 5;
  static constexpr double kLeast = 5;  // values on either side of a cut

  void insert(double value);
  void merge();
  double loudest_cut(size_t& buckets_before) const;
  void drop_oldest(size_t buckets);

  double confidence_;
  std::deque<Bucket> buckets_;  // oldest first
  double count_ = 0, sum_ = 0, squares_ = 0;
};

}  // namespace oree::detection

// What points of a space will probably give: a sum of what each choice and, once enough is known, each pair
// of choices adds, by ridge regression. One model for each objective. Pure.
#pragma once

#include <vector>

#include "services/search/search.h"

namespace oree::search {

class Surrogate {
 public:
  explicit Surrogate(const Space& space);
  // With pairs once there are more trials than singles twice over.
  void fit(const std::vector<Trial>& trials);
  Objectives predict(const Point& point) const;

 private:
  std::vector<size_t> features(const Point& point) const;  // those that are 1; the rest are 0
  size_t count() const { return with_pairs_ ? singles_ + pairs_ : singles_; }

  std::vector<size_t> first_;                    // feature of choice 1 of each axis; choice 0 has none
  std::vector<std::vector<size_t>> pair_first_;  // of axes a < b
  std::vector<size_t> choices_;
  size_t singles_ = 1, pairs_ = 0;
  bool with_pairs_ = false;
  std::vector<std::vector<double>> weights_;  // by objective
};

}  // namespace oree::search

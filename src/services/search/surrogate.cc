#include "services/search/surrogate.h"

#include <cmath>

namespace oree::search {
namespace {

// Of pairs, how strongly they are held at zero: a pair must earn its place.
constexpr double kSingleRidge = 1e-6, kPairRidge = 0.05;

// Solves A·x = b in place by Cholesky; A is symmetric, positive by its ridge, row by row.
void solve(std::vector<double>& a, size_t n, std::vector<std::vector<double>>& right) {
  for (size_t j = 0; j < n; ++j) {
    for (size_t k = 0; k < j; ++k)
      for (size_t i = j; i < n; ++i) a[i * n + j] -= a[i * n + k] * a[j * n + k];
    const double root = std::sqrt(std::max(a[j * n + j], 1e-12));
    for (size_t i = j; i < n; ++i) a[i * n + j] /= root;
  }
  for (auto& b : right) {
    for (size_t i = 0; i < n; ++i) {
      for (size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
      b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
      for (size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
      b[i] /= a[i * n + i];
    }
  }
}

}  // namespace

Surrogate::Surrogate(const Space& space) {
  for (const auto& axis : space) {
    choices_.push_back(axis.choices.size());
    first_.push_back(singles_);
    singles_ += axis.choices.size() - 1;
  }
  pair_first_.assign(space.size(), std::vector<size_t>(space.size()));
  for (size_t a = 0; a < space.size(); ++a)
    for (size_t b = a + 1; b < space.size(); ++b) {
      pair_first_[a][b] = pairs_;
      pairs_ += (choices_[a] - 1) * (choices_[b] - 1);
    }
}

std::vector<size_t> Surrogate::features(const Point& point) const {
  std::vector<size_t> on{0};
  for (size_t a = 0; a < point.size(); ++a) {
    if (point[a] == 0) continue;
    on.push_back(first_[a] + point[a] - 1u);
    if (!with_pairs_) continue;
    for (size_t b = a + 1; b < point.size(); ++b)
      if (point[b] != 0)
        on.push_back(singles_ + pair_first_[a][b] + (point[a] - 1u) * (choices_[b] - 1) + point[b] - 1u);
  }
  return on;
}

void Surrogate::fit(const std::vector<Trial>& trials) {
  with_pairs_ = trials.size() > 2 * singles_ && singles_ + pairs_ <= 600;
  const size_t n = count(), objectives = trials.front().objectives.size();
  std::vector<double> a(n * n);
  weights_.assign(objectives, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) a[i * n + i] = i < singles_ ? kSingleRidge : kPairRidge;
  for (const auto& trial : trials) {
    const auto on = features(trial.point);
    for (const size_t i : on) {
      for (const size_t j : on) a[i * n + j] += 1;
      for (size_t k = 0; k < objectives; ++k) weights_[k][i] += trial.objectives[k];
    }
  }
  solve(a, n, weights_);
}

Objectives Surrogate::predict(const Point& point) const {
  Objectives sum(weights_.size());
  for (const size_t i : features(point))
    for (size_t k = 0; k < sum.size(); ++k) sum[k] += weights_[k][i];
  return sum;
}

}  // namespace oree::search

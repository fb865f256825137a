#include "services/detection/numeric/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace oree::detection {

namespace {

struct Rotation {
  double c, s;
};

// The rotation that makes a[p][q] zero.
Rotation rotation_for(double app, double aqq, double apq) {
  const double theta = (aqq - app) / (2 * apq);
  const double t = (theta >= 0 ? 1.0 : -1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1);
  return {c, t * c};
}

// Rows p and q of a symmetric matrix kept whole, then its columns.
void rotate(std::vector<double>& a, size_t n, size_t p, size_t q, Rotation r) {
  for (size_t k = 0; k < n; ++k) {
    const double akp = a[k * n + p], akq = a[k * n + q];
    a[k * n + p] = r.c * akp - r.s * akq;
    a[k * n + q] = r.s * akp + r.c * akq;
  }
  for (size_t k = 0; k < n; ++k) {
    const double apk = a[p * n + k], aqk = a[q * n + k];
    a[p * n + k] = r.c * apk - r.s * aqk;
    a[q * n + k] = r.s * apk + r.c * aqk;
  }
}

void rotate_rows(std::vector<double>& v, size_t n, size_t p, size_t q, Rotation r) {
  for (size_t k = 0; k < n; ++k) {
    const double vp = v[p * n + k], vq = v[q * n + k];
    v[p * n + k] = r.c * vp - r.s * vq;
    v[q * n + k] = r.s * vp + r.c * vq;
  }
}

double off_diagonal(const std::vector<double>& a, size_t n) {
  double sum = 0;
  for (size_t p = 0; p < n; ++p) {
    for (size_t q = p + 1; q < n; ++q) sum += a[p * n + q] * a[p * n + q];
  }
  return std::sqrt(2 * sum);
}

}  // namespace

Eigen symmetric_eigen(std::vector<double> a, size_t n) {
  for (size_t p = 0; p < n; ++p) {
    for (size_t q = 0; q < p; ++q) a[p * n + q] = a[q * n + p];
  }
  std::vector<double> v(n * n, 0.0);
  for (size_t k = 0; k < n; ++k) v[k * n + k] = 1;
  double norm = 0;
  for (const double x : a) norm += x * x;
  const double enough = 1e-14 * std::sqrt(norm);
  constexpr int kSweeps = 60;
  for (int sweep = 0; sweep < kSweeps && off_diagonal(a, n) > enough; ++sweep) {
    for (size_t p = 0; p < n; ++p) {
      for (size_t q = p + 1; q < n; ++q) {
        if (std::abs(a[p * n + q]) <= enough / static_cast<double>(n * n)) continue;
        const Rotation r = rotation_for(a[p * n + p], a[q * n + q], a[p * n + q]);
        rotate(a, n, p, q, r);
        rotate_rows(v, n, p, q, r);
      }
    }
  }
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t x, size_t y) { return a[x * n + x] > a[y * n + y]; });
  Eigen out;
  for (const size_t k : order) {
    out.values.push_back(a[k * n + k]);
    out.vectors.insert(out.vectors.end(), v.begin() + static_cast<ptrdiff_t>(k * n),
                       v.begin() + static_cast<ptrdiff_t>((k + 1) * n));
  }
  return out;
}

}  // namespace oree::detection

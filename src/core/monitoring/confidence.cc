#include "core/monitoring/confidence.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace oree::monitoring {

namespace {

// ln Γ without the global that lgamma() writes.
double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

// ln of the mixture's likelihood: B(½ + yes, ½ + no) / B(½, ½).
double log_mixture(uint64_t yes, uint64_t all) {
  const auto k = static_cast<double>(yes), n = static_cast<double>(all);
  return log_gamma(k + 0.5) + log_gamma(n - k + 0.5) - log_gamma(n + 1) - std::log(std::numbers::pi);
}

// ln p^yes (1-p)^no, with 0^0 = 1.
double log_likelihood(double p, uint64_t yes, uint64_t all) {
  const auto term = [](double share, uint64_t times) {
    return times == 0 ? 0.0 : static_cast<double>(times) * std::log(share);
  };
  return term(p, yes) + term(1 - p, all - yes);
}

// The border of what is not refuted between `inside` and `outside`; the likelihood falls from one to the
// other.
double border(double inside, double outside, uint64_t yes, uint64_t all, double least) {
  for (int i = 0; i < 60 && std::abs(inside - outside) > 1e-12; ++i) {
    const double middle = (inside + outside) / 2;
    (log_likelihood(middle, yes, all) > least ? inside : outside) = middle;
  }
  return outside;
}

}  // namespace

bool refuted(double p, uint64_t yes, uint64_t all, double alpha) {
  return log_mixture(yes, all) - log_likelihood(p, yes, all) >= -std::log(alpha);
}

Bounds share_bounds(uint64_t yes, uint64_t all, double alpha) {
  if (all == 0) return {};
  const double seen = static_cast<double>(yes) / static_cast<double>(all);
  const double least = log_mixture(yes, all) + std::log(alpha);
  return {.low = yes == 0 ? 0 : border(seen, 0, yes, all, least),
          .high = yes == all ? 1 : border(seen, 1, yes, all, least)};
}

LatencyBounds quantile_bounds(const LatencySketch& latency, double p, double alpha) {
  LatencyBounds out;
  const uint64_t all = latency.count();
  const double above_quantile = 1 - p;
  uint64_t above = all;
  for (const auto& [largest, times] : latency.edges()) {
    above -= times;
    if (!refuted(above_quantile, above, all, alpha)) continue;
    const bool more = static_cast<double>(above) > above_quantile * static_cast<double>(all);
    if (more) out.low = largest;
    if (!more) {
      out.high = largest;
      break;
    }
  }
  return out;
}

double distribution_radius(uint64_t n, double alpha) {
  if (n == 0) return 1;
  const double count = static_cast<double>(n);
  const double spread = std::log(1 + std::log(count)) + 0.8 * std::log(1612 / alpha);
  return std::min(1.0, 0.85 * std::sqrt(spread / count));
}

}  // namespace oree::monitoring

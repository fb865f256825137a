// Bounds that hold at every moment at once, so that one may look as often as one likes and stop when one
// likes. Pure functions; natural logarithms.
//
// A test at a fixed size that is repeated every few seconds is wrong about a good model sooner or later.
// These are not, with probability 1 - alpha over all time:
//   share  of a yes/no quantity: p is refused once ∫ p'^k (1-p')^(n-k) dBeta(½,½)(p') ≥ p^k (1-p)^(n-k) /
//   alpha.
//          The mixture is a martingale under p, so Ville's inequality bounds the probability that it ever
//          happens (Robbins, Ann. Math. Statist. 41 (1970) 1397; as mSPRT: Johari, Koomen, Pekelis, Walsh,
//          Oper. Res. 70 (2022) 1806).
//   quantile  of latencies: x is below the p-quantile once the share above x is surely more than 1 - p. The
//   counts
//          at the true quantile decide, so nothing is lost by looking at all x (Howard, Ramdas, Bernoulli 28
//          (2022) 1704).
//   distribution  sup |F_n - F| ≤ 0.85 √((ln ln(e n) + 0.8 ln(1612/alpha)) / n)  (the same, corollary 2).
#pragma once

#include <cstdint>

#include "core/monitoring/sketch.h"

namespace oree::monitoring {

struct Bounds {
  double low = 0;
  double high = 1;
};

// Whether a true share of `p` is out of the question after `yes` of `all`.
bool refuted(double p, uint64_t yes, uint64_t all, double alpha);
// The shares that are not; 0 to 1 when nothing was seen.
Bounds share_bounds(uint64_t yes, uint64_t all, double alpha);
// In µs. high is UINT64_MAX while too little was seen.
struct LatencyBounds {
  uint64_t low = 0;
  uint64_t high = UINT64_MAX;
};
LatencyBounds quantile_bounds(const LatencySketch& latency, double p, double alpha);
// How far the distribution of n values may be from the true one, anywhere; at most 1.
double distribution_radius(uint64_t n, double alpha);

}  // namespace oree::monitoring

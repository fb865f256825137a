#include "services/calibration/ranges.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace oree::calibration {

namespace {

constexpr std::array<MethodFacts, 5> kMethods{{
    {Method::minmax, "minmax", "smallest and largest value of all samples"},
    {Method::average, "average", "mean of each sample's smallest and largest value"},
    {Method::percentile, "percentile", "99.99 % of the values"},
    {Method::entropy, "entropy", "least loss of information (Kullback-Leibler)"},
    {Method::mse, "mse", "least squared error"},
}};

Range with_zero(Range range, const Grid& grid) {
  range.low = std::min(range.low, 0.0);
  range.high = std::max(range.high, 0.0);
  if (grid.symmetric) {
    range.high = std::max(range.high, -range.low);
    range.low = -range.high;
  }
  return range;
}

Range percentile_range(const Histogram& histogram) {
  const double cut = static_cast<double>(histogram.count()) * (1 - kPercentile) / 2;
  const auto zeros = static_cast<double>(histogram.zeros());
  Range range{double{histogram.min()}, double{histogram.max()}};
  double seen = 0;
  for (int bin = histogram.first(); bin < 0; ++bin) {
    seen += histogram.at(bin);
    if (seen > cut) {
      range.low = std::max(range.low, bin * histogram.width());
      break;
    }
    if (bin == -1) range.low = 0;
  }
  seen = 0;
  for (int bin = histogram.last(); bin >= 0; --bin) {
    seen += histogram.at(bin);
    if (seen + (bin == 0 ? zeros : 0) > cut) {
      range.high = std::min(range.high, (bin + 1) * histogram.width());
      break;
    }
  }
  return range;
}

// Kullback-Leibler divergence between the histogram clipped to bins [first, last] (what lies outside is put
// into the end bins) and what remains of it in `levels` steps.
double divergence(const Histogram& histogram, int first, int last, int levels, double below, double above) {
  const int bins = last - first + 1;
  double total = below + above, kl = 0, lost = 0;
  for (int bin = first; bin <= last; ++bin) total += histogram.at(bin);
  if (total <= 0) return 0;
  for (int level = 0; level < levels; ++level) {
    const int from = first + static_cast<int>(int64_t{level} * bins / levels);
    const int to = first + static_cast<int>(int64_t{level + 1} * bins / levels);  // one past
    double mass = 0;
    int filled = 0;
    for (int bin = from; bin < to; ++bin) {
      mass += histogram.at(bin);
      filled += histogram.at(bin) != 0 ? 1 : 0;
    }
    for (int bin = from; bin < to; ++bin) {
      const double p = histogram.at(bin) + (bin == first ? below : 0) + (bin == last ? above : 0);
      if (p <= 0) continue;
      if (filled == 0 || histogram.at(bin) == 0) {
        lost += p;  // only clipped values here: the quantised distribution has nothing
        continue;
      }
      kl += p * std::log(p * filled / mass);
    }
  }
  return (kl + lost * 20) / total;
}

// What quantising with this range loses, in bits of Kullback and Leibler; infinite when the histogram is too
// coarse for the range.
double divergence_of(const Histogram& histogram, const Range& range, const Grid& grid) {
  const int first = static_cast<int>(std::floor(range.low / histogram.width()));
  const int last = std::max(first, static_cast<int>(std::ceil(range.high / histogram.width())) - 1);
  if (last - first + 1 < grid.levels) return std::numeric_limits<double>::infinity();
  double below = 0, above = 0;
  for (int bin = histogram.first(); bin < first; ++bin) below += histogram.at(bin);
  for (int bin = last + 1; bin <= histogram.last(); ++bin) above += histogram.at(bin);
  return divergence(histogram, first, last, grid.levels, below, above);
}

// The least loss over how far each end is pulled in, coarse then fine: it is smooth in both.
template <class Loss>
Range least(const Histogram& histogram, const Grid& grid, const Loss& loss) {
  const Range full = with_zero({double{histogram.min()}, double{histogram.max()}}, grid);
  const auto range_of = [&](double l, double h) {
    return Range{full.low * l, full.high * (grid.symmetric ? l : h)};
  };
  double low = 1, high = 1, best = loss(full);
  for (const double step : {0.1, 0.02, 0.005}) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& [dl, dh] : {std::pair{-step, 0.0}, {step, 0.0}, {0.0, -step}, {0.0, step}}) {
        if ((dl != 0 && full.low == 0) || (dh != 0 && (full.high == 0 || grid.symmetric))) continue;
        const double l = std::clamp(low + dl, 0.02, 1.0), h = std::clamp(high + dh, 0.02, 1.0);
        if (l == low && h == high) continue;
        const double found = loss(range_of(l, h));
        if (found >= best) continue;
        best = found;
        low = l;
        high = h;
        moved = true;
      }
    }
  }
  return range_of(low, high);
}

Range entropy_range(const Histogram& histogram, const Grid& grid) {
  return least(histogram, grid, [&](const Range& range) { return divergence_of(histogram, range, grid); });
}

Range mse_range(const Histogram& histogram, const Grid& grid) {
  return least(histogram, grid,
               [&](const Range& range) { return quantisation_error(histogram, range, grid); });
}

double gate(double x) {
  return x / (1 + std::exp(-x));
}

// Mean squared error of x · sigmoid(x) when x is quantised with this range; `products` are those of the
// bins' centres.
double gated_error(const Histogram& histogram, std::span<const double> products, const Range& range,
                   const Grid& grid) {
  const double scale = (range.high - range.low) / (grid.levels - 1);
  if (scale <= 0) return std::numeric_limits<double>::infinity();
  const double zero = std::nearbyint(range.low / scale);
  std::vector<double> levels;
  for (int level = 0; level < grid.levels; ++level) levels.push_back(gate((zero + level) * scale));
  double sum = 0;
  for (int bin = histogram.first(); bin <= histogram.last(); ++bin) {
    const double n = histogram.at(bin);
    if (n == 0) continue;
    const double level =
        std::clamp(std::nearbyint(histogram.centre(bin) / scale) - zero, 0.0, grid.levels - 1.0);
    const double error =
        products[static_cast<size_t>(bin - histogram.first())] - levels[static_cast<size_t>(level)];
    sum += n * error * error;
  }
  return sum;
}

}  // namespace

std::span<const MethodFacts> methods() {
  return kMethods;
}
std::optional<Method> parse_method(std::string_view name) {
  for (const MethodFacts& facts : kMethods) {
    if (facts.name == name) return facts.method;
  }
  return std::nullopt;
}
std::string_view name_of(Method method) {
  return std::ranges::find(kMethods, method, &MethodFacts::method)->name;
}

double quantisation_error(const Histogram& histogram, const Range& range, const Grid& grid) {
  const double scale = (range.high - range.low) / (grid.levels - 1);
  if (histogram.count() == 0) return 0;
  double sum = 0;
  // Inside a bin the values lie anywhere: rounding costs scale²/12 when the bins are narrower than the steps.
  const double zero = scale > 0 ? std::nearbyint(range.low / scale) * scale : 0;
  for (int bin = histogram.first(); bin <= histogram.last(); ++bin) {
    const double n = histogram.at(bin);
    if (n == 0) continue;
    const double x = histogram.centre(bin);
    double nearest = 0;
    if (scale > 0)
      nearest = zero + std::clamp(std::nearbyint((x - zero) / scale), 0.0, grid.levels - 1.0) * scale;
    sum += n * (x - nearest) * (x - nearest);
  }
  return sum / static_cast<double>(histogram.count());
}

Range choose_range(const Statistics& statistics, Method method, const Grid& grid) {
  const Histogram& histogram = statistics.histogram();
  const Range full{double{histogram.min()}, double{histogram.max()}};
  if (histogram.count() == 0) return {};
  switch (method) {
    case Method::minmax:
      return with_zero(full, grid);
    case Method::average:
      return with_zero({statistics.mean_min(), statistics.mean_max()}, grid);
    case Method::percentile:
      return with_zero(percentile_range(histogram), grid);
    case Method::entropy:
      return with_zero(entropy_range(histogram, grid), grid);
    case Method::mse:
      return with_zero(mse_range(histogram, grid), grid);
  }
  return full;
}

Range gated_range(const Statistics& statistics, const Grid& grid) {
  const Histogram& histogram = statistics.histogram();
  if (histogram.count() == 0) return {};
  std::vector<double> products;
  for (int bin = histogram.first(); bin <= histogram.last(); ++bin)
    products.push_back(gate(histogram.centre(bin)));
  return least(histogram, grid,
               [&](const Range& range) { return gated_error(histogram, products, range, grid); });
}

}  // namespace oree::calibration

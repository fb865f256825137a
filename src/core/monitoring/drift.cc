#include "core/monitoring/drift.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"

namespace oree::monitoring {

namespace {

Result<std::vector<double>> sorted(std::span<const double> sample, std::string_view name) {
  if (sample.empty())
    return fail(ErrorKind::invalid, cat("the ", name, " sample is empty; drift needs values"));
  std::vector<double> out(sample.begin(), sample.end());
  if (std::ranges::any_of(out, [](double v) { return !std::isfinite(v); })) {
    return fail(ErrorKind::invalid, cat("the ", name, " sample holds a value that is no finite number"));
  }
  std::ranges::sort(out);
  return out;
}

struct Samples {
  std::vector<double> reference;
  std::vector<double> current;
};

Result<Samples> sorted_both(std::span<const double> reference, std::span<const double> current) {
  auto a = sorted(reference, "reference");
  if (!a) return forward(a);
  auto b = sorted(current, "current");
  if (!b) return forward(b);
  return Samples{std::move(*a), std::move(*b)};
}

Status comparable(const BinSketch& reference, const BinSketch& current) {
  if (reference.count() == 0 || current.count() == 0) {
    return fail(ErrorKind::invalid, "a sketch is empty; drift needs values on both sides");
  }
  if (!reference.same_bins(current)) {
    return fail(ErrorKind::invalid,
                "the sketches have different bins; make both with the same range and number");
  }
  return {};
}

double share(size_t part, size_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// Calls `each` with the height of both cumulative distributions on every stretch between neighbouring values.
template <class Each>
void walk(const Samples& samples, const Each& each) {
  const auto& [a, b] = samples;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const bool from_a = j == b.size() || (i < a.size() && a[i] <= b[j]);
    const double at = from_a ? a[i] : b[j];
    while (i < a.size() && a[i] == at) ++i;
    while (j < b.size() && b[j] == at) ++j;
    const double next_a = i < a.size() ? a[i] : at;
    const double next_b = j < b.size() ? b[j] : at;
    const double next = i < a.size() && j < b.size() ? std::min(next_a, next_b) : std::max(next_a, next_b);
    each(share(i, a.size()), share(j, b.size()), next - at);
  }
}

template <class Each>
void walk(const BinSketch& reference, const BinSketch& current, const Each& each) {
  uint64_t a = 0, b = 0;
  for (size_t i = 0; i < reference.counts().size(); ++i) {
    a += reference.counts()[i];
    b += current.counts()[i];
    each(share(a, reference.count()), share(b, current.count()));
  }
}

double psi_of(std::span<const uint64_t> reference, std::span<const uint64_t> current, double reference_count,
              double current_count) {
  double sum = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    if (reference[i] == 0 && current[i] == 0) continue;
    const double r = std::max(static_cast<double>(reference[i]), 0.5) / reference_count;
    const double c = std::max(static_cast<double>(current[i]), 0.5) / current_count;
    sum += (c - r) * std::log(c / r);
  }
  return sum;
}

// Inner edges of ten bins of equal share; equal ones (many equal values) only once.
std::vector<double> deciles(const std::vector<double>& sample) {
  std::vector<double> edges;
  for (size_t i = 1; i < 10; ++i) {
    const double edge = sample[std::min(i * sample.size() / 10, sample.size() - 1)];
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

std::vector<uint64_t> binned(const std::vector<double>& sample, const std::vector<double>& edges) {
  std::vector<uint64_t> counts(edges.size() + 1, 0);
  for (const double value : sample) {
    ++counts[static_cast<size_t>(std::ranges::upper_bound(edges, value) - edges.begin())];
  }
  return counts;
}

}  // namespace

Result<double> wasserstein(std::span<const double> reference, std::span<const double> current) {
  const auto both = sorted_both(reference, current);
  if (!both) return forward(both);
  double area = 0;
  walk(*both, [&](double a, double b, double width) { area += std::abs(a - b) * width; });
  return area;
}

Result<double> ks(std::span<const double> reference, std::span<const double> current) {
  const auto both = sorted_both(reference, current);
  if (!both) return forward(both);
  double largest = 0;
  walk(*both, [&](double a, double b, double) { largest = std::max(largest, std::abs(a - b)); });
  return largest;
}

Result<double> psi(std::span<const double> reference, std::span<const double> current) {
  const auto both = sorted_both(reference, current);
  if (!both) return forward(both);
  const auto edges = deciles(both->reference);
  return psi_of(binned(both->reference, edges), binned(both->current, edges),
                static_cast<double>(reference.size()), static_cast<double>(current.size()));
}

Result<double> wasserstein(const BinSketch& reference, const BinSketch& current) {
  if (const auto ok = comparable(reference, current); !ok) return forward(ok);
  double area = 0;
  walk(reference, current, [&](double a, double b) { area += std::abs(a - b); });
  return area * reference.bin_width();
}

Result<double> ks(const BinSketch& reference, const BinSketch& current) {
  if (const auto ok = comparable(reference, current); !ok) return forward(ok);
  double largest = 0;
  walk(reference, current, [&](double a, double b) { largest = std::max(largest, std::abs(a - b)); });
  return largest;
}

Result<double> psi(const BinSketch& reference, const BinSketch& current) {
  if (const auto ok = comparable(reference, current); !ok) return forward(ok);
  return psi_of(reference.counts(), current.counts(), static_cast<double>(reference.count()),
                static_cast<double>(current.count()));
}

}  // namespace oree::monitoring

#include "services/detection/windows.h"

#include <cmath>

#include "base/text.h"

namespace oree::detection {

std::vector<size_t> window_starts(WindowRule rule, size_t rows, size_t steps) {
  const size_t first = rule == WindowRule::brief ? 2 : 0;
  std::vector<size_t> starts;
  for (size_t start = first; start + steps <= rows; ++start) starts.push_back(start);
  return starts;
}

std::vector<double> mise_en_serie_temporelle(const Rows& rows) {
  std::vector<double> out;
  for (const size_t start : window_starts(WindowRule::brief, rows.count())) {
    const auto window = rows.part(start, kSteps).values;
    out.insert(out.end(), window.begin(), window.end());
  }
  return out;
}

Result<double> erreur(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size() || a.empty()) {
    return fail(ErrorKind::invalid,
                cat("an error needs two windows of one size, got ", a.size(), " and ", b.size(), " values"));
  }
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  return sum / static_cast<double>(a.size());
}

std::vector<double> erreur_by_column(std::span<const float> a, std::span<const float> b, size_t columns) {
  std::vector<double> sums(columns, 0.0);
  for (size_t i = 0; i < a.size(); ++i) {
    sums[i % columns] += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  }
  for (double& sum : sums) sum /= static_cast<double>(a.size() / columns);
  return sums;
}

}  // namespace oree::detection

// Readings as numbers: one row for each moment, one column for each sensor, row-major. A view; NaN is a value
// that did not come.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace oree::detection {

struct Rows {
  std::span<const double> values;
  size_t columns = 0;

  size_t count() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const double> row(size_t i) const { return values.subspan(i * columns, columns); }
  Rows part(size_t first, size_t rows) const {
    return {values.subspan(first * columns, rows * columns), columns};
  }
  Rows last(size_t rows) const { return part(count() - rows, rows); }
};

// The rows with every NaN replaced by the value before it in its column, or by `fallback` where none came
// yet.
std::vector<double> fill_gaps(const Rows& rows, std::span<const double> fallback);

}  // namespace oree::detection

// The text before the first NUL byte is a series, the rest NAB's windows. Whatever comes, there are rows that
// hold together or a sentence with its place.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "services/detection/series/series.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree::detection;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(all.find('\0'), all.size());
  auto series = parse_series(all.substr(0, end), "fuzz.csv");
  if (!series) {
    if (!series.error().what.starts_with("fuzz.csv:")) std::abort();
    return 0;
  }
  const size_t rows = series->rows().count();
  const auto whole = [&](size_t count) { return count == 0 || count == rows; };
  const bool sound = rows > 0 && rows * series->columns.size() == series->values.size() &&
                     whole(series->labels.size()) && whole(series->times.size()) &&
                     series->training_rows <= rows &&
                     std::ranges::none_of(series->values, [](double v) { return std::isinf(v); });
  if (!sound) std::abort();
  if (end < all.size() && label_with_nab_windows(*series, all.substr(end + 1)) &&
      series->labels.size() != rows) {
    std::abort();
  }
  return 0;
}

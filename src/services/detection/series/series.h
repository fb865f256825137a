// A recorded series and what is known to be wrong in it, read from the text of a file. Values, no I/O here.
//
// Understood: comma, semicolon or tab between fields; a header line; a time in the first column when it is
// named so, has no name or holds no numbers; empty fields, NaN and null as missing. Columns named anomaly,
// label, is_anomaly or outlier are the labels (0 or 1); SKAB's `changepoint` is left out; of the
// fan-vibration set the configuration becomes the label (1 is healthy) and the speed is left out. NAB's
// labels come from a file of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/detection/rows.h"
#include "services/detection/scores/point_scores.h"

namespace oree::detection {

struct Series {
  std::string name;
  std::vector<std::string> columns;
  std::vector<double> values;      // row-major
  std::vector<std::string> times;  // as written, one for each row; empty when the file has none
  std::vector<uint8_t> labels;     // one for each row; empty when nothing is known
  size_t training_rows = 0;        // healthy rows at the front that a detector may learn from

  Rows rows() const { return {values, columns.size()}; }
};

// Limits: 64 columns, 20 million values, lines of 64 KiB. `invalid` names line and column: "13.csv:7:3: …".
// training_rows: 400 when SKAB's columns are seen (that benchmark's rule), else NAB's probation (15 % of at
// most 5,000 rows); of the fan set half of the healthy rows it begins with; never past the first labelled
// row.
Result<Series> parse_series(std::string_view text, std::string_view name);

// `windows_json` is NAB's combined_windows.json: {"realKnownCause/<file>": [["from","to"], …]}. The key that
// ends with the series' file name is taken; `not_found` when there is none.
Status label_with_nab_windows(Series& series, std::string_view windows_json);

// A file, or every .csv of a folder in the order of their names. A file whose series has no labels looks for
// combined_windows.json beside it or in the folder above.
Result<std::vector<Series>> load_series(const std::filesystem::path& path);

}  // namespace oree::detection

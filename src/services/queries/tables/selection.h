// Which readings a WHERE clause asks for: machine, sensor and a time range, as far as the store can find
// them.
#pragma once

#include <optional>
#include <string>

#include "platform/sql/table.h"
#include "services/queries/language.h"
#include "services/queries/run_context.h"

namespace oree::queries {

struct Selection {
  std::string machine, sensor;  // "": any
  readings::Range range;
  bool nothing = false;  // the conditions exclude each other, or compare with what is no time
};

// Where the columns stand; -1: the table has none such.
struct SelectionColumns {
  int machine = 0, sensor = 1, time = 2;
};

// Conditions that select() understands: equality of machine and sensor, any comparison of time.
sql::Plan plan_selection(const sql::Question& question, const SelectionColumns& columns);
Selection select(std::string_view note, const sql::Arguments& in, size_t first = 0);

// Walks through series after series in stretches of hours, so that neither a year nor a plant stands in
// memory.
class Stretches {
 public:
  // Whole range at once for short ranges, else `stretch` by `stretch`, from the first reading there is.
  static Result<Stretches> make(RunContext& context, const Selection& selection, Micros stretch);
  // The next series and range; nullopt at the end.
  std::optional<std::pair<const readings::Series*, readings::Range>> next();
  bool one_series() const { return series_.size() <= 1; }
  const std::vector<readings::Series>& series() const { return series_; }

 private:
  std::vector<readings::Series> series_;
  std::vector<readings::Range> ranges_;  // of each series, where it has readings
  size_t at_ = 0;
  Micros stretch_ = readings::kHour;
};

// The hours between the first and the last reading of a series, cut to the range; nullopt when there are
// none.
Result<std::optional<readings::Range>> extent(readings::View& view, readings::SeriesId series,
                                              readings::Range range);

}  // namespace oree::queries

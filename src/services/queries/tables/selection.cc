#include "services/queries/tables/selection.h"

#include <algorithm>

#include "core/readings/view.h"

namespace oree::queries {
namespace {

using readings::Range;
using sql::Compare;

// One letter per condition, in the order of the arguments: m s for names, then how time is compared.
char letter_for(const sql::Constraint& constraint, const SelectionColumns& columns) {
  if (!constraint.usable) return '\0';
  if (constraint.column >= 0 && constraint.column == columns.machine) {
    return constraint.compare == Compare::equal ? 'm' : '\0';
  }
  if (constraint.column >= 0 && constraint.column == columns.sensor) {
    return constraint.compare == Compare::equal ? 's' : '\0';
  }
  if (constraint.column < 0 || constraint.column != columns.time) return '\0';
  switch (constraint.compare) {
    case Compare::equal:
      return '=';
    case Compare::less:
      return '<';
    case Compare::less_equal:
      return 'l';
    case Compare::greater:
      return '>';
    case Compare::greater_equal:
      return 'g';
    case Compare::other:
      break;
  }
  return '\0';
}

void narrow(Range& range, char how, Micros time) {
  switch (how) {
    case '=':
      range.from = std::max(range.from, time);
      range.to = std::min(range.to, time + 1);
      break;
    case '<':
      range.to = std::min(range.to, time);
      break;
    case 'l':
      range.to = std::min(range.to, time + 1);
      break;
    case '>':
      range.from = std::max(range.from, time + 1);
      break;
    default:
      range.from = std::max(range.from, time);
      break;
  }
}

void name_it(std::string& name, std::string_view given, bool& nothing) {
  if (given.empty() || (!name.empty() && name != given)) nothing = true;
  name = given;
}

}  // namespace

sql::Plan plan_selection(const sql::Question& question, const SelectionColumns& columns) {
  sql::Plan plan{.cost = 1e9, .rows = 10'000'000};
  for (size_t i = 0; i < question.constraints.size(); ++i) {
    const char letter = letter_for(question.constraints[i], columns);
    if (letter == '\0') continue;
    plan.taken.push_back(i);
    plan.note += letter;
    plan.cost /= 8;
    plan.rows = std::max<int64_t>(plan.rows / 8, 1);
  }
  const bool one = plan.note.find('m') != std::string::npos && plan.note.find('s') != std::string::npos;
  plan.ordered = one && question.orders.size() == 1 && question.orders[0].column == columns.time &&
                 !question.orders[0].descending;
  return plan;
}

Selection select(std::string_view note, const sql::Arguments& in, size_t first) {
  Selection selection;
  for (size_t i = 0; i < note.size(); ++i) {
    const size_t at = first + i;
    if (note[i] == 'm') {
      name_it(selection.machine, in.text(at), selection.nothing);
    } else if (note[i] == 's') {
      name_it(selection.sensor, in.text(at), selection.nothing);
    } else if (const auto time = time_of(in, at)) {
      narrow(selection.range, note[i], *time);
    } else {
      selection.nothing = true;
    }
  }
  if (selection.range.from >= selection.range.to) selection.nothing = true;
  return selection;
}

Result<std::optional<Range>> extent(readings::View& view, readings::SeriesId series, Range range) {
  // What is no finite number stands in no bucket, so the hours are those of buckets and one on either side.
  std::optional<Range> found;
  const readings::SeriesId wanted[] = {series};
  const Range hours{readings::floor_to(range.from, readings::kHour), range.to};
  const auto look = [&](readings::SeriesId, std::span<const readings::Bucket> buckets) -> Status {
    if (!found) found = Range{buckets.front().time, buckets.back().time};
    found->to = buckets.back().time;
    return {};
  };
  if (auto read = view.buckets(wanted, hours, readings::Level::hour, look); !read) return forward(read);
  if (!found) return found;
  found->from = std::max(range.from, found->from - readings::kHour);
  found->to = std::min(range.to, found->to + 2 * readings::kHour);
  return found;
}

Result<Stretches> Stretches::make(RunContext& context, const Selection& selection, Micros stretch) {
  Stretches stretches;
  stretches.stretch_ = stretch;
  if (selection.nothing) return stretches;
  const auto view = context.view();
  if (!view) return forward(view);
  const auto catalogue = (*view)->catalogue();
  if (!catalogue) return forward(catalogue);
  for (const readings::Series& series : readings::choose(*catalogue, selection.machine, selection.sensor)) {
    Range range = selection.range;
    if (range.to - range.from > stretch) {
      const auto real = extent(**view, series.id, range);
      if (!real) return forward(real);
      if (!*real) continue;
      range = **real;
    }
    stretches.series_.push_back(series);
    stretches.ranges_.push_back(range);
  }
  return stretches;
}

std::optional<std::pair<const readings::Series*, Range>> Stretches::next() {
  while (at_ < series_.size() && ranges_[at_].from >= ranges_[at_].to) ++at_;
  if (at_ == series_.size()) return std::nullopt;
  Range& left = ranges_[at_];
  const Micros end = std::min(left.to, readings::floor_to(left.from, stretch_) + stretch_);
  const Range taken{left.from, end};
  left.from = end;
  return std::make_pair(&series_[at_], taken);
}

}  // namespace oree::queries

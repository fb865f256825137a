#include <cmath>
#include <limits>

#include "base/text.h"
#include "core/readings/view.h"
#include "services/queries/language.h"
#include "services/queries/tables/argument_table.h"
#include "services/queries/tables/tables.h"

namespace oree::queries {
namespace {

using readings::Bucket;
using sql::Answer;

constexpr std::string_view kUsage =
    "gapfill(machine, sensor, start, stop, step [, 'last' | 'linear' | 'null'])";
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr Micros kMostSteps = 5'000'000;

enum class Method { last, linear, null };

struct Filled {
  Micros time = 0;
  double value = kNothing;
  bool filled = false;
};

// One entry per step, with what was measured; the rest stays empty.
std::vector<Filled> lay_out(std::span<const Bucket> buckets, readings::Range range, Micros step) {
  std::vector<Filled> rows;
  size_t next = 0;
  for (Micros time = range.from; time < range.to; time += step) {
    Filled& row = rows.emplace_back();
    row.time = time;
    while (next < buckets.size() && buckets[next].time < time) ++next;
    if (next < buckets.size() && buckets[next].time == time) row.value = buckets[next].mean();
    row.filled = std::isnan(row.value);
  }
  return rows;
}

void fill_last(std::vector<Filled>& rows, double before) {
  for (Filled& row : rows) {
    if (row.filled) {
      row.value = before;
    } else {
      before = row.value;
    }
  }
}

// Between two measured steps; nothing beyond the first and the last.
void fill_linear(std::vector<Filled>& rows) {
  size_t known = rows.size();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].filled) continue;
    for (size_t k = known + 1; known < rows.size() && k < i; ++k) {
      const double share = static_cast<double>(k - known) / static_cast<double>(i - known);
      rows[k].value = rows[known].value + share * (rows[i].value - rows[known].value);
    }
    known = i;
  }
}

class GapfillCursor final : public sql::Cursor {
 public:
  explicit GapfillCursor(std::shared_ptr<RunContext> context) : context_(std::move(context)) {}

  Status start(int, std::string_view note, const sql::Arguments& in) override {
    rows_.clear();
    at_ = 0;
    const auto at = [&](int argument) { return *argument_at(note, argument); };
    const auto from = time_of(in, at(2)), to = time_of(in, at(3)), step = step_of(in, at(4));
    if (!from || !to || !step) {
      return fail(
          ErrorKind::invalid,
          cat("gapfill: start and stop are times, step is microseconds or as '1min'; call it as ", kUsage));
    }
    if ((*to - *from) / *step > kMostSteps) {
      return fail(ErrorKind::invalid, cat("gapfill: more than ", kMostSteps, " steps; take a longer step"));
    }
    Method method = Method::last;
    if (const auto given = argument_at(note, 5)) {
      const std::string_view word = in.text(*given);
      if (word != "last" && word != "linear" && word != "null") {
        return fail(ErrorKind::invalid,
                    cat("gapfill: '", word, "' is no method; there are last, linear and null"));
      }
      method = word == "last" ? Method::last : word == "linear" ? Method::linear : Method::null;
    }
    const readings::Range range{readings::floor_to(*from, *step), *to};
    return fill(std::string(in.text(at(0))), std::string(in.text(at(1))), range, *step, method);
  }

  bool at_end() const override { return at_ >= rows_.size(); }
  Status next() override {
    ++at_;
    return {};
  }
  Status column(int index, Answer& out) override {
    const Filled& row = rows_[at_];
    if (index == 0) out.integer(row.time);
    if (index == 1 && !std::isnan(row.value)) out.real(row.value);
    if (index == 2) out.integer(row.filled ? 1 : 0);
    return {};
  }

 private:
  Status fill(const std::string& machine, const std::string& sensor, readings::Range range, Micros step,
              Method method) {
    const auto view = context_->view();
    if (!view) return forward(view);
    const auto catalogue = (*view)->catalogue();
    if (!catalogue) return forward(catalogue);
    const auto series = readings::choose(*catalogue, machine, sensor);
    if (machine.empty() || sensor.empty() || series.empty()) {
      return fail(ErrorKind::not_found,
                  cat("gapfill: there is no sensor '", sensor, "' of machine '", machine, "'"));
    }
    const auto buckets = readings::buckets_of(**view, series[0].id, range, step);
    if (!buckets) return forward(buckets);
    rows_ = lay_out(*buckets, range, step);
    if (method == Method::linear) fill_linear(rows_);
    if (method == Method::last) {
      const auto before = readings::last_before(**view, series[0].id, range.from, kHeld);
      if (!before) return forward(before);
      fill_last(rows_, *before ? (*before)->value : kNothing);
    }
    return {};
  }

  std::shared_ptr<RunContext> context_;
  std::vector<Filled> rows_;
  size_t at_ = 0;
};

class GapfillTable final : public sql::Table {
 public:
  explicit GapfillTable(std::shared_ptr<RunContext> context) : context_(std::move(context)) {}
  std::vector<sql::Column> columns() const override {
    return {{"time", "INTEGER"},   {"value", "REAL"},    {"filled", "INTEGER"},
            {"machine", "", true}, {"sensor", "", true}, {"start", "", true},
            {"stop", "", true},    {"step", "", true},   {"method", "", true}};
  }
  Result<sql::Plan> plan(const sql::Question& question) const override {
    return plan_arguments(question, 3, 5, kUsage);
  }
  Result<std::unique_ptr<sql::Cursor>> open() override { return std::make_unique<GapfillCursor>(context_); }

 private:
  std::shared_ptr<RunContext> context_;
};

}  // namespace

std::shared_ptr<sql::Table> make_gapfill_table(std::shared_ptr<RunContext> context) {
  return std::make_shared<GapfillTable>(std::move(context));
}

}  // namespace oree::queries

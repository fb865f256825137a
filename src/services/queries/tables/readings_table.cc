#include "services/queries/tables/selection.h"
#include "services/queries/tables/tables.h"

namespace oree::queries {
namespace {

using readings::Bucket;
using readings::Level;
using readings::Point;
using readings::Series;
using readings::SeriesId;
using sql::Answer;
using sql::Arguments;
using sql::Column;

void answer_bucket(const Bucket& bucket, int column, Answer& out) {
  switch (column) {
    case 2:
      return out.integer(bucket.time);
    case 3:
      return out.real(bucket.min);
    case 4:
      return out.real(bucket.max);
    case 5:
      return out.real(bucket.mean());
    case 6:
      return out.real(bucket.sum);
    case 7:
      return out.integer(static_cast<int64_t>(bucket.count));
    case 8:
      return out.real(bucket.last);
    default:
      return out.integer(bucket.last_time);
  }
}

// Rows of either kind, one stretch of one series at a time.
template <class Row>
class StretchCursor final : public sql::Cursor {
 public:
  StretchCursor(std::shared_ptr<RunContext> context, Level level)
      : context_(std::move(context)), level_(level) {}

  Status start(int, std::string_view note, const Arguments& in) override {
    rows_.clear();
    at_ = 0;
    auto stretches = Stretches::make(*context_, select(note, in), stretch());
    if (!stretches) return forward(stretches);
    stretches_ = std::move(*stretches);
    ended_ = false;
    return refill();
  }

  bool at_end() const override { return ended_; }

  Status next() override {
    if (++at_ < rows_.size()) return {};
    return refill();
  }

  Status column(int index, Answer& out) override {
    if (index == 0) {
      out.text(series_->machine);
    } else if (index == 1) {
      out.text(series_->sensor);
    } else if constexpr (std::same_as<Row, Point>) {
      if (index == 2) {
        out.integer(rows_[at_].time);
      } else {
        out.real(rows_[at_].value);
      }
    } else {
      answer_bucket(rows_[at_], index, out);
    }
    return {};
  }

 private:
  Micros stretch() const {
    switch (level_) {
      case Level::minute:
        return 30 * 24 * readings::kHour;
      case Level::hour:
        return readings::kEndOfTime;
      default:
        return 6 * readings::kHour;
    }
  }

  Status refill() {
    rows_.clear();
    at_ = 0;
    while (rows_.empty()) {
      if (auto go_on = context_->go_on(); !go_on) return go_on;
      const auto taken = stretches_.next();
      if (!taken) {
        ended_ = true;
        return {};
      }
      series_ = taken->first;
      if (auto read = this->read(taken->second); !read) return read;
    }
    return {};
  }

  Status read(readings::Range range) {
    const auto view = context_->view();
    if (!view) return forward(view);
    const SeriesId wanted[] = {series_->id};
    const auto keep = [&](SeriesId, std::span<const Row> rows) -> Status {
      rows_.insert(rows_.end(), rows.begin(), rows.end());
      return context_->check_memory(rows_.size() * sizeof(Row));
    };
    if constexpr (std::same_as<Row, Point>) {
      return (*view)->points(wanted, range, keep);
    } else {
      return (*view)->buckets(wanted, range, level_, keep);
    }
  }

  std::shared_ptr<RunContext> context_;
  Level level_;
  Stretches stretches_;
  const Series* series_ = nullptr;
  std::vector<Row> rows_;
  size_t at_ = 0;
  bool ended_ = true;
};

class SeriesTable final : public sql::Table {
 public:
  SeriesTable(std::shared_ptr<RunContext> context, Level level)
      : context_(std::move(context)), level_(level) {}

  std::vector<Column> columns() const override {
    if (level_ == Level::raw) {
      return {{"machine", "TEXT"}, {"sensor", "TEXT"}, {"time", "INTEGER"}, {"value", "REAL"}};
    }
    return {{"machine", "TEXT"}, {"sensor", "TEXT"},      {"time", "INTEGER"}, {"min", "REAL"},
            {"max", "REAL"},     {"mean", "REAL"},        {"sum", "REAL"},     {"count", "INTEGER"},
            {"last", "REAL"},    {"last_time", "INTEGER"}};
  }
  Result<sql::Plan> plan(const sql::Question& question) const override {
    return plan_selection(question, {});
  }
  Result<std::unique_ptr<sql::Cursor>> open() override {
    if (level_ == Level::raw) return std::make_unique<StretchCursor<Point>>(context_, level_);
    return std::make_unique<StretchCursor<Bucket>>(context_, level_);
  }

 private:
  std::shared_ptr<RunContext> context_;
  Level level_;
};

}  // namespace

Status add_series_tables(sql::Database& database, const std::shared_ptr<RunContext>& context) {
  struct Row {
    const char* name;
    std::shared_ptr<sql::Table> table;
  };
  const Row rows[] = {
      {"readings", std::make_shared<SeriesTable>(context, Level::raw)},
      {"rollup_1s", std::make_shared<SeriesTable>(context, Level::second)},
      {"rollup_1m", std::make_shared<SeriesTable>(context, Level::minute)},
      {"rollup_1h", std::make_shared<SeriesTable>(context, Level::hour)},
      {"gapfill", make_gapfill_table(context)},
      {"predict_window", make_window_table(context)},
  };
  for (const Row& row : rows) {
    if (auto added = sql::add_table(database, row.name, row.table); !added) return added;
  }
  return {};
}

}  // namespace oree::queries

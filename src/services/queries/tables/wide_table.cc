#include <algorithm>
#include <cmath>
#include <limits>

#include "core/readings/view.h"
#include "services/queries/tables/selection.h"
#include "services/queries/tables/tables.h"

namespace oree::queries {
namespace {

using readings::Point;
using readings::Range;
using readings::Series;
using readings::SeriesId;
using sql::Answer;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

class WideCursor final : public sql::Cursor {
 public:
  WideCursor(std::shared_ptr<RunContext> context, const std::vector<Series>& sensors)
      : context_(std::move(context)), sensors_(sensors) {}

  Status start(int, std::string_view note, const sql::Arguments& in) override {
    const Selection selection = select(note, in);
    times_.clear();
    at_ = 0;
    held_.assign(sensors_.size(), std::nullopt);
    left_ = {0, 0};
    if (selection.nothing) return {};
    if (auto found = find_extent(selection.range); !found) return found;
    return refill();
  }

  bool at_end() const override { return at_ >= times_.size(); }

  Status next() override {
    if (++at_ < times_.size()) return {};
    return refill();
  }

  Status column(int index, Answer& out) override {
    if (index == 0) {
      out.integer(times_[at_]);
      return {};
    }
    const double value = values_[at_ * sensors_.size() + static_cast<size_t>(index) - 1];
    if (!std::isnan(value)) out.real(value);
    return {};
  }

 private:
  Status find_extent(Range range) {
    const auto view = context_->view();
    if (!view) return forward(view);
    left_ = {readings::kEndOfTime, 0};
    for (size_t i = 0; i < sensors_.size(); ++i) {
      const auto found = extent(**view, sensors_[i].id, range);
      if (!found) return forward(found);
      if (*found) {
        left_.from = std::min(left_.from, (*found)->from);
        left_.to = std::max(left_.to, (*found)->to);
      }
      const auto before = readings::last_before(**view, sensors_[i].id, range.from, kHeld);
      if (!before) return forward(before);
      held_[i] = *before;
    }
    return {};
  }

  Status refill() {
    times_.clear();
    at_ = 0;
    while (times_.empty() && left_.from < left_.to) {
      if (auto go_on = context_->go_on(); !go_on) return go_on;
      const Micros end =
          std::min(left_.to, readings::floor_to(left_.from, readings::kHour) + readings::kHour);
      if (auto read = this->read({left_.from, end}); !read) return read;
      left_.from = end;
    }
    return {};
  }

  Status read(Range range) {
    const auto view = context_->view();
    if (!view) return forward(view);
    std::vector<std::vector<Point>> columns(sensors_.size());
    for (size_t i = 0; i < sensors_.size(); ++i) {
      const SeriesId wanted[] = {sensors_[i].id};
      const auto keep = [&](SeriesId, std::span<const Point> points) -> Status {
        for (const Point& point : points) {
          if (!std::isfinite(point.value)) continue;
          columns[i].push_back(point);
          times_.push_back(point.time);
        }
        return context_->check_memory(times_.size() * sizeof(double) * (sensors_.size() + 1));
      };
      if (auto points = (*view)->points(wanted, range, keep); !points) return points;
    }
    std::ranges::sort(times_);
    times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
    align(columns);
    return {};
  }

  // Each value holds from its own row on, for kHeld.
  void align(const std::vector<std::vector<Point>>& columns) {
    values_.assign(times_.size() * sensors_.size(), kNothing);
    for (size_t i = 0; i < columns.size(); ++i) {
      bool holds = held_[i].has_value();
      Point last = holds ? *held_[i] : Point();
      size_t next = 0;
      for (size_t row = 0; row < times_.size(); ++row) {
        for (; next < columns[i].size() && columns[i][next].time <= times_[row]; ++next) {
          last = columns[i][next];
          holds = true;
        }
        if (holds && times_[row] - last.time <= kHeld) values_[row * columns.size() + i] = last.value;
      }
      if (holds) held_[i] = last;
    }
  }

  std::shared_ptr<RunContext> context_;
  const std::vector<Series>& sensors_;
  Range left_{0, 0};
  std::vector<std::optional<Point>> held_;
  std::vector<Micros> times_;
  std::vector<double> values_;  // times × sensors
  size_t at_ = 0;
};

class WideTable final : public sql::Table {
 public:
  WideTable(std::shared_ptr<RunContext> context, std::vector<Series> sensors)
      : context_(std::move(context)), sensors_(std::move(sensors)) {}

  std::vector<sql::Column> columns() const override {
    std::vector<sql::Column> all = {{"time", "INTEGER"}};
    for (const Series& sensor : sensors_) all.push_back({sensor.sensor, "REAL"});
    return all;
  }
  Result<sql::Plan> plan(const sql::Question& question) const override {
    sql::Plan plan = plan_selection(question, {.machine = -1, .sensor = -1, .time = 0});
    plan.ordered =
        question.orders.size() == 1 && question.orders[0].column == 0 && !question.orders[0].descending;
    return plan;
  }
  Result<std::unique_ptr<sql::Cursor>> open() override {
    return std::make_unique<WideCursor>(context_, sensors_);
  }

 private:
  std::shared_ptr<RunContext> context_;
  std::vector<Series> sensors_;
};

}  // namespace

std::string wide_name(std::string_view machine) {
  std::string name;
  for (const char c : machine) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain ? c : '_';
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name.insert(0, "_");
  return name + "_wide";
}

Status add_wide_table(sql::Database& database, const std::shared_ptr<RunContext>& context,
                      std::vector<Series> sensors) {
  const std::string name = wide_name(sensors.front().machine);
  return sql::add_table(database, name, std::make_shared<WideTable>(context, std::move(sensors)));
}

}  // namespace oree::queries

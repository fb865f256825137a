#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "core/readings/view.h"
#include "services/queries/language.h"
#include "services/queries/tables/argument_table.h"
#include "services/queries/tables/tables.h"

namespace oree::queries {
namespace {

using readings::Point;
using readings::Range;
using readings::Series;
using readings::SeriesId;
using sql::Answer;

constexpr std::string_view kUsage = "predict_window(model, machine, start, stop, step [, 'sensor,sensor,…'])";
constexpr size_t kAtOnce = 1024;
constexpr Micros kMostSteps = 5'000'000;

class WindowCursor final : public sql::Cursor {
 public:
  explicit WindowCursor(std::shared_ptr<RunContext> context) : context_(std::move(context)) {}

  Status start(int, std::string_view note, const sql::Arguments& in) override {
    scores_.clear();
    at_ = 0;
    done_ = 0;
    const auto at = [&](int argument) { return *argument_at(note, argument); };
    const auto model = context_->model(in.value(at(0)));
    if (!model) return forward(model);
    model_ = *model;
    const auto from = time_of(in, at(2)), to = time_of(in, at(3)), step = step_of(in, at(4));
    if (!from || !to || !step) {
      return fail(
          ErrorKind::invalid,
          cat("predict_window: start and stop are times, step is microseconds or as '1s'; call it as ",
              kUsage));
    }
    if ((*to - *from) / *step > kMostSteps) return fail(ErrorKind::invalid, "predict_window: too many steps");
    const auto given = argument_at(note, 5);
    auto sensors = find_sensors(std::string(in.text(at(1))), given ? in.text(*given) : std::string_view());
    if (!sensors) return forward(sensors);
    from_ = *from;
    step_ = *step;
    count_ = *to > *from ? static_cast<size_t>((*to - *from + *step - 1) / *step) : 0;
    if (auto sampled = sample(*sensors); !sampled) return sampled;
    return refill();
  }

  bool at_end() const override { return at_ >= scores_.size(); }
  Status next() override {
    if (++at_ < scores_.size()) return {};
    return refill();
  }
  Status column(int index, Answer& out) override {
    if (index == 0) out.integer(from_ + static_cast<Micros>(done_ - scores_.size() + at_) * step_);
    if (index == 1 && !std::isnan(scores_[at_])) out.real(scores_[at_]);
    return {};
  }

 private:
  Result<std::vector<Series>> find_sensors(const std::string& machine, std::string_view names) {
    const auto view = context_->view();
    if (!view) return forward(view);
    const auto catalogue = (*view)->catalogue();
    if (!catalogue) return forward(catalogue);
    std::vector<Series> sensors;
    if (names.empty()) {
      sensors = readings::choose(*catalogue, machine, "");
    } else {
      for (const std::string_view name : split(names, ',')) {
        const auto found = readings::choose(*catalogue, machine, trim(name));
        if (found.empty())
          return fail(ErrorKind::not_found,
                      cat("there is no sensor '", trim(name), "' of machine '", machine, "'"));
        sensors.push_back(found[0]);
      }
    }
    if (sensors.size() != model_->features()) {
      return fail(ErrorKind::invalid,
                  cat("the model wants ", model_->features(), " sensors; machine '", machine, "' gives ",
                      sensors.size(), ": name them as the last argument"));
    }
    return sensors;
  }

  // Every sensor at every step from the first window's first row on.
  Status sample(const std::vector<Series>& sensors) {
    const size_t before = model_->window() - 1, rows = count_ + before;
    const Micros first = from_ - static_cast<Micros>(before) * step_;
    grid_.assign(rows * sensors.size(), std::numeric_limits<double>::quiet_NaN());
    if (auto room = context_->check_memory(grid_.size() * sizeof(double)); !room) return room;
    for (size_t i = 0; i < sensors.size(); ++i) {
      std::optional<Point> held;
      size_t row = 0;
      const auto fill_until = [&](Micros time) {
        for (; row < rows && first + static_cast<Micros>(row) * step_ < time; ++row) {
          const Micros now = first + static_cast<Micros>(row) * step_;
          if (held && now - held->time <= kHeld) grid_[row * sensors.size() + i] = held->value;
        }
      };
      const auto take = [&](SeriesId, std::span<const Point> points) -> Status {
        for (const Point& point : points) {
          if (!std::isfinite(point.value)) continue;
          fill_until(point.time);
          held = point;
        }
        return context_->go_on();
      };
      const auto view = context_->view();
      const SeriesId wanted[] = {sensors[i].id};
      const Range range{first - kHeld, from_ + static_cast<Micros>(count_) * step_};
      if (auto read = (*view)->points(wanted, range, take); !read) return read;
      fill_until(range.to);
    }
    return {};
  }

  Status refill() {
    at_ = 0;
    const size_t some = std::min(kAtOnce, count_ - done_);
    scores_.assign(some, std::numeric_limits<double>::quiet_NaN());
    if (some == 0) return {};
    if (auto go_on = context_->go_on(); !go_on) return go_on;
    const size_t each = model_->window() * model_->features();
    std::vector<double> items;
    std::vector<size_t> whole;
    for (size_t i = 0; i < some; ++i) {
      const auto window = std::span(grid_).subspan((done_ + i) * model_->features(), each);
      if (std::ranges::any_of(window, [](double value) { return std::isnan(value); })) continue;
      items.insert(items.end(), window.begin(), window.end());
      whole.push_back(i);
    }
    done_ += some;
    if (whole.empty()) return {};
    const auto errors = model_->errors(items, whole.size());
    if (!errors) return forward(errors);
    for (size_t i = 0; i < whole.size(); ++i) scores_[whole[i]] = (*errors)[i];
    return {};
  }

  std::shared_ptr<RunContext> context_;
  std::shared_ptr<const BatchModel> model_;
  Micros from_ = 0, step_ = 1;
  size_t count_ = 0, done_ = 0;
  std::vector<double> grid_;  // steps × sensors
  std::vector<double> scores_;
  size_t at_ = 0;
};

class WindowTable final : public sql::Table {
 public:
  explicit WindowTable(std::shared_ptr<RunContext> context) : context_(std::move(context)) {}
  std::vector<sql::Column> columns() const override {
    return {{"time", "INTEGER"}, {"score", "REAL"},  {"model", "", true}, {"machine", "", true},
            {"start", "", true}, {"stop", "", true}, {"step", "", true},  {"sensors", "", true}};
  }
  Result<sql::Plan> plan(const sql::Question& question) const override {
    return plan_arguments(question, 2, 5, kUsage);
  }
  Result<std::unique_ptr<sql::Cursor>> open() override { return std::make_unique<WindowCursor>(context_); }

 private:
  std::shared_ptr<RunContext> context_;
};

}  // namespace

std::shared_ptr<sql::Table> make_window_table(std::shared_ptr<RunContext> context) {
  return std::make_shared<WindowTable>(std::move(context));
}

}  // namespace oree::queries

#include "services/queries/models/model_functions.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "platform/sql/functions.h"

namespace oree::queries {
namespace {

using sql::Answer;
using sql::Arguments;
using ModelPointer = std::shared_ptr<const BatchModel>;

// The values from `first` on; false when one is NULL.
bool take_row(const Arguments& in, size_t first, std::vector<double>& out) {
  bool whole = true;
  for (size_t i = first; i < in.size(); ++i) {
    whole = whole && !in.is_null(i);
    out.push_back(in.real(i));
  }
  return whole;
}

Status check_features(const BatchModel& model, size_t given) {
  if (given == model.features()) return {};
  return fail(ErrorKind::invalid, cat("the model wants ", model.features(), " values (",
                                      join(model.inputs(), ", "), "); ", given, " came"));
}

Status check_row_model(const BatchModel& model, size_t given) {
  if (model.window() > 1) {
    return fail(ErrorKind::invalid,
                cat("this model judges windows of ", model.window(), " rows: use ae_error(…) OVER (… ROWS ",
                    model.window() - 1, " PRECEDING) or predict_window()"));
  }
  return check_features(model, given);
}

// packed: the first number of each output, as bytes.
enum class Shape { first, all, packed };

void give(Answer& out, const BatchModel::Answers& answers, size_t item, Shape shape) {
  const auto values = std::span(answers.values).subspan(item * answers.width, answers.width);
  if (values.empty()) return;
  if (shape == Shape::first) return out.real(values[0]);
  if (shape == Shape::packed) {
    std::vector<double> firsts;
    for (const size_t start : answers.starts) firsts.push_back(values[std::min(start, values.size() - 1)]);
    return out.blob(std::as_bytes(std::span(firsts)));
  }
  std::string text = "[";
  for (const double value : values) text += cat(text.size() > 1 ? "," : "", value);
  out.text(text + "]");
}

Status predict_one(RunContext& context, const Arguments& in, Answer& out, Shape shape) {
  if (in.size() < 2) return fail(ErrorKind::invalid, "predict(model, x1, …) needs a model and its values");
  const auto model = context.model(in.value(0));
  if (!model) return forward(model);
  if (auto fits = check_row_model(**model, in.size() - 1); !fits) return fits;
  std::vector<double> row;
  if (!take_row(in, 1, row)) return {};
  const auto answers = (*model)->run(row, 1);
  if (!answers) return forward(answers);
  give(out, *answers, 0, shape);
  return {};
}

// Rows that have come and are not answered yet, and answers that wait for their row to be asked.
class PredictAhead final : public sql::Aggregate {
 public:
  PredictAhead(std::shared_ptr<RunContext> context, Shape shape)
      : context_(std::move(context)), shape_(shape) {}

  Status step(const Arguments& in) override {
    if (!model_) {
      if (in.size() < 2)
        return fail(ErrorKind::invalid, "predict(model, x1, …) needs a model and its values");
      auto found = context_->model(in.value(0));
      if (!found) return forward(found);
      if (auto fits = check_row_model(**found, in.size() - 1); !fits) return fits;
      model_ = *found;
    }
    whole_.push_back(take_row(in, 1, rows_));
    return {};
  }

  Status leave(const Arguments&) override { return {}; }

  Status answer(Answer& out) override {
    if (next_ == answered_.size()) {
      if (auto ran = run(); !ran) return ran;
    }
    if (next_ >= answered_.size()) return {};
    if (answered_[next_]) give(out, answers_, next_, shape_);
    ++next_;
    return {};
  }

 private:
  Status run() {
    if (auto go_on = context_->go_on(); !go_on) return go_on;
    answered_ = std::exchange(whole_, {});
    next_ = 0;
    if (answered_.empty()) return {};
    auto answers = model_->run(rows_, answered_.size());
    if (!answers) return forward(answers);
    answers_ = std::move(*answers);
    rows_.clear();
    return {};
  }

  std::shared_ptr<RunContext> context_;
  Shape shape_;
  ModelPointer model_;
  std::vector<double> rows_;
  std::vector<bool> whole_, answered_;
  BatchModel::Answers answers_;
  size_t next_ = 0;  // of answered_
};

// Both ae_error and ae_error_ahead: the rows come in through step(); the window that a row ends is answered
// when it is asked for. `ahead`: the first argument says how many rows a window has, and rows may come before
// they count.
class WindowError final : public sql::Aggregate {
 public:
  WindowError(std::shared_ptr<RunContext> context, bool ahead)
      : context_(std::move(context)), ahead_(ahead) {}

  Status step(const Arguments& in) override {
    if (!model_) {
      if (auto started = start(in); !started) return started;
    }
    const bool whole = take_row(in, ahead_ ? 2 : 1, rows_);
    whole_for_.push_back(!whole ? 0 : whole_for_.empty() ? 1 : whole_for_.back() + 1);
    ++stepped_;
    return {};
  }

  Status leave(const Arguments&) override {
    ++left_;
    return {};
  }

  Status answer(Answer& out) override {
    if (!ahead_) asked_ = stepped_ - std::min<size_t>(stepped_, 1);
    if (!model_ || asked_ >= stepped_) return {};
    if (asked_ >= first_waiting_ + waiting_.size()) {
      if (auto ran = run(); !ran) return ran;
    }
    const size_t index = asked_++ - first_waiting_;
    const bool full = ahead_ || stepped_ - left_ >= model_->window();
    if (index < waiting_.size() && waiting_[index] && full) out.real(*waiting_[index]);
    return {};
  }

 private:
  Status start(const Arguments& in) {
    const size_t before = ahead_ ? 2 : 1;
    if (in.size() <= before)
      return fail(ErrorKind::invalid, "ae_error(model, v1, …) needs a model and its values");
    auto found = context_->model(in.value(before - 1));
    if (!found) return forward(found);
    if (auto fits = check_features(**found, in.size() - before); !fits) return fits;
    const auto rows = static_cast<size_t>(in.integer(0));
    if (ahead_ && rows != (*found)->window()) {
      return fail(ErrorKind::invalid, cat("the model judges windows of ", (*found)->window(), " rows, not ",
                                          rows, ": write ROWS ", (*found)->window() - 1, " PRECEDING"));
    }
    model_ = *found;
    return {};
  }

  // All windows that end at a row from `asked_` on and have come whole.
  Status run() {
    if (auto go_on = context_->go_on(); !go_on) return go_on;
    const size_t window = model_->window();
    std::vector<size_t> starts, ends;
    for (size_t end = asked_; end < stepped_; ++end) {
      if (whole_for_[end - first_row_] < window) continue;
      starts.push_back(end + 1 - window - first_row_);
      ends.push_back(end);
    }
    Result<std::vector<double>> errors = std::vector<double>();
    if (!ends.empty()) errors = model_->window_errors(rows_, starts);
    if (!errors) return forward(errors);
    first_waiting_ = asked_;
    waiting_.assign(stepped_ - asked_, std::nullopt);
    for (size_t i = 0; i < ends.size(); ++i) waiting_[ends[i] - asked_] = (*errors)[i];
    forget_before(stepped_ > window ? stepped_ - window : 0);
    return {};
  }

  void forget_before(size_t row) {
    if (row <= first_row_) return;
    const size_t gone = row - first_row_;
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(gone * model_->features()));
    whole_for_.erase(whole_for_.begin(), whole_for_.begin() + static_cast<ptrdiff_t>(gone));
    first_row_ = row;
  }

  std::shared_ptr<RunContext> context_;
  bool ahead_;
  ModelPointer model_;
  std::vector<double> rows_;       // from first_row_ on
  std::vector<size_t> whole_for_;  // of each row: how many rows without a NULL end with it
  size_t first_row_ = 0, stepped_ = 0, left_ = 0;
  size_t asked_ = 0;  // the row whose answer comes next
  size_t first_waiting_ = 0;
  std::vector<std::optional<double>> waiting_;
};

// predicted_output(packed, output)
Status predicted_output(const Arguments& in, Answer& out) {
  const ByteView packed = in.blob(0);
  const auto index = static_cast<size_t>(in.integer(1));
  if (in.is_null(0) || index >= packed.size() / sizeof(double)) return {};
  double value;
  std::memcpy(&value, packed.data() + index * sizeof value, sizeof value);
  out.real(value);
  return {};
}

}  // namespace

Status add_model_functions(sql::Database& database, const std::shared_ptr<RunContext>& context) {
  const auto one = [context](Shape shape) {
    return
        [context, shape](const Arguments& in, Answer& out) { return predict_one(*context, in, out, shape); };
  };
  const auto ahead = [context](Shape shape) {
    return [context, shape] { return std::make_unique<PredictAhead>(context, shape); };
  };
  const auto window = [context](bool looks_ahead) {
    return [context, looks_ahead] { return std::make_unique<WindowError>(context, looks_ahead); };
  };
  const Status added[] = {
      sql::add_scalar(database, "predict", -1, one(Shape::first), sql::Purity::changing),
      sql::add_scalar(database, "predict_all", -1, one(Shape::all), sql::Purity::changing),
      sql::add_window(database, "predict_ahead", -1, ahead(Shape::first)),
      sql::add_window(database, "predict_all_ahead", -1, ahead(Shape::all)),
      sql::add_window(database, "predict_packed_ahead", -1, ahead(Shape::packed)),
      sql::add_window(database, "ae_error", -1, window(false)),
      sql::add_window(database, "ae_error_ahead", -1, window(true)),
      sql::add_scalar(database, "predicted_output", 2, predicted_output),
  };
  for (const Status& status : added) {
    if (!status) return status;
  }
  return {};
}

}  // namespace oree::queries

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "services/detection/scores/nab_score.h"
#include "services/detection/series/series.h"

namespace oree::detection {

namespace {

constexpr size_t kMaxColumns = 64;
constexpr size_t kMaxValues = 20'000'000;
constexpr size_t kMaxLine = 64 << 10;
constexpr size_t kSkabTraining = 400;

enum class Role { value, time, label, configuration, left_out };

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view n) { return iequals(n, name); });
}

Role role_of(std::string_view name, size_t place) {
  if (is_one_of(name, {"anomaly", "label", "is_anomaly", "outlier"})) return Role::label;
  if (is_one_of(name, {"changepoint", "Rotation Speed Percentage"})) return Role::left_out;
  if (is_one_of(name, {"Sensor Configuration"})) return Role::configuration;
  if (is_one_of(name, {"time", "timestamp", "datetime", "date", "ts"})) return Role::time;
  return place == 0 && name.empty() ? Role::time : Role::value;
}

char separator_of(std::string_view header) {
  for (const char c : {';', '\t'}) {
    if (header.find(c) != header.npos) return c;
  }
  return ',';
}

bool is_missing(std::string_view field) {
  return field.empty() || is_one_of(field, {"nan", "null", "na"});
}

std::string_view unquoted(std::string_view field) {
  field = trim(field);
  if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
    return field.substr(1, field.size() - 2);
  return field;
}

// Walks the text line by line, once.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  // False at the end. Empty lines are passed over.
  bool next(std::string_view& line) {
    while (!rest_.empty()) {
      const size_t end = std::min(rest_.find('\n'), rest_.size());
      line = trim_end(rest_.substr(0, end));
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (!line.empty()) return true;
    }
    return false;
  }
  size_t number() const { return number_; }

 private:
  // Tabs may be fields: only the line's end is cut.
  static std::string_view trim_end(std::string_view line) {
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }
  std::string_view rest_;
  size_t number_ = 0;
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view name) : lines_(text) { series_.name = name; }

  Result<Series> parse() {
    std::string_view line;
    if (!lines_.next(line)) return mistake(1, "is empty");
    if (auto status = read_header(line); !status) return forward(status);
    while (lines_.next(line)) {
      if (auto status = read_row(line); !status) return forward(status);
    }
    if (rows_ == 0) return mistake(1, "has a header and no rows");
    series_.training_rows = training_rows();
    return std::move(series_);
  }

 private:
  std::unexpected<Error> mistake(size_t column, std::string_view what) const {
    return fail(ErrorKind::invalid,
                cat(series_.name, ":", std::max<size_t>(lines_.number(), 1), ":", column, ": ", what));
  }

  Status read_header(std::string_view line) {
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.size() > kMaxLine) return mistake(1, "a line is longer than 64 KiB");
    separator_ = separator_of(line);
    const auto fields = split(line, separator_);
    if (fields.size() > kMaxColumns)
      return mistake(1, cat("there are ", fields.size(), " columns, at most 64 are read"));
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto name = unquoted(fields[i]);
      roles_.push_back(role_of(name, i));
      names_.emplace_back(name);
    }
    return {};
  }

  // What the names leave open the first row tells: a first column without a number is the time.
  Status settle(const std::vector<std::string_view>& fields) {
    const auto first = unquoted(fields[0]);
    if (roles_[0] == Role::value && !is_missing(first) && !parse_number<double>(first))
      roles_[0] = Role::time;
    for (size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == Role::value) series_.columns.push_back(names_[i]);
      labelled_ = labelled_ || roles_[i] == Role::label || roles_[i] == Role::configuration;
    }
    if (series_.columns.empty()) return mistake(1, "has no column with readings");
    return {};
  }

  Status read_row(std::string_view line) {
    if (line.size() > kMaxLine) return mistake(1, "a line is longer than 64 KiB");
    const auto fields = split(line, separator_);
    if (fields.size() != roles_.size()) {
      return mistake(1, cat("has ", fields.size(), " fields, the header has ", roles_.size()));
    }
    if (rows_ == 0) {
      if (auto status = settle(fields); !status) return status;
    }
    if (series_.values.size() + series_.columns.size() > kMaxValues)
      return mistake(1, "has more than 20 million values");
    uint8_t label = 0;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (auto status = take(i, unquoted(fields[i]), label); !status) return status;
    }
    if (labelled_) series_.labels.push_back(label);
    ++rows_;
    return {};
  }

  Status take(size_t i, std::string_view field, uint8_t& label) {
    const Role role = roles_[i];
    if (role == Role::left_out) return {};
    if (role == Role::time) {
      if (series_.times.size() == rows_) series_.times.emplace_back(field);
      return {};
    }
    const auto number =
        is_missing(field) ? std::numeric_limits<double>::quiet_NaN() : parse_number<double>(field);
    if (!number || std::isinf(*number))
      return mistake(i + 1, cat("'", names_[i], "' must be a number, got '", field, "'"));
    if (role == Role::value) series_.values.push_back(*number);
    if (role == Role::label) label = *number > 0 ? 1 : label;
    if (role == Role::configuration) label = *number == 1 ? label : 1;
    return {};
  }

  size_t training_rows() const {
    size_t healthy = rows_;
    if (labelled_)
      healthy = static_cast<size_t>(std::ranges::find(series_.labels, 1) - series_.labels.begin());
    const auto has = [&](Role role) { return std::ranges::find(roles_, role) != roles_.end(); };
    if (has(Role::configuration)) return healthy / 2;
    const bool skab = separator_ == ';' && std::ranges::find(names_, "changepoint") != names_.end();
    return std::min(healthy, skab ? kSkabTraining : nab_probation(rows_));
  }

  Lines lines_;
  Series series_;
  char separator_ = ',';
  std::vector<Role> roles_;
  std::vector<std::string> names_;
  bool labelled_ = false;
  size_t rows_ = 0;
};

}  // namespace

Result<Series> parse_series(std::string_view text, std::string_view name) {
  return Parser(text, name).parse();
}

}  // namespace oree::detection

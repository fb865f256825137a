#include "services/jobs/schedules/rule.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"

namespace oree::jobs {
namespace {

using namespace std::chrono;

struct Field {
  std::string_view name;
  int least, most;
  std::span<const std::string_view> words;  // for least, least + 1, …
};

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::unexpected<Error> wrong(const Field& field, std::string_view text) {
  return fail(ErrorKind::invalid,
              cat("'", text, "' is no ", field.name, ": write *, a number of ", field.least, " to ",
                  field.most, ", a range 1-5, a step */15 or a list of them"));
}

std::optional<int> number_of(const Field& field, std::string_view text) {
  for (size_t i = 0; i < field.words.size(); ++i) {
    if (iequals(field.words[i], text)) return field.least + static_cast<int>(i);
  }
  const auto value = parse_number<int>(text);
  if (!value || *value < field.least || *value > field.most) return std::nullopt;
  return value;
}

// One of the list: a, a-b, *, each with an optional /step.
template <size_t N>
Status take_part(const Field& field, std::string_view part, std::bitset<N>& out) {
  const auto pieces = split(part, '/');
  const std::string_view range = pieces[0];
  int step = 1;
  if (pieces.size() > 2) return wrong(field, part);
  if (pieces.size() == 2) {
    const auto given = parse_number<int>(pieces[1]);
    if (!given || *given < 1 || *given > field.most) return wrong(field, part);
    step = *given;
  }
  int from = field.least, to = field.most;
  if (range != "*") {
    const auto ends = split(range, '-');
    const auto first = number_of(field, ends[0]);
    const auto last = ends.size() == 2 ? number_of(field, ends[1]) : first;
    if (ends.size() > 2 || !first || !last || *last < *first) return wrong(field, part);
    from = *first;
    to = ends.size() == 1 && pieces.size() == 2 ? field.most : *last;
  }
  for (int value = from; value <= to; value += step) out.set(static_cast<size_t>(value));
  return {};
}

template <size_t N>
Status take_field(const Field& field, std::string_view text, std::bitset<N>& out) {
  for (const std::string_view part : split(text, ',')) {
    if (part.empty()) return wrong(field, text);
    if (auto taken = take_part(field, part, out); !taken) return taken;
  }
  return {};
}

std::string_view unfold(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames{{{"@hourly", "0 * * * *"},
                                                                                 {"@daily", "0 0 * * *"},
                                                                                 {"@weekly", "0 0 * * 0"},
                                                                                 {"@monthly", "0 0 1 * *"},
                                                                                 {"@yearly", "0 0 1 1 *"}}};
  for (const auto& [name, rule] : kNames) {
    if (iequals(name, text)) return rule;
  }
  return text;
}

}  // namespace

Result<Rule> Rule::parse(std::string_view text) {
  Rule rule;
  text = unfold(trim(text));
  constexpr std::string_view kEvery = "@every ";
  if (text.starts_with(kEvery)) {
    const auto every = parse_duration(trim(text.substr(kEvery.size())));
    constexpr microseconds kMost = hours(24 * 3660);
    if (!every || *every < seconds(1) || *every > kMost) {
      return fail(ErrorKind::invalid,
                  cat("'", text, "' is no interval: write @every 15min, of one second or more"));
    }
    rule.every_ = *every;
    return rule;
  }
  std::vector<std::string_view> fields;
  for (const std::string_view field : split(text, ' ')) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != 5) {
    return fail(ErrorKind::invalid, cat("'", text, "' has ", fields.size(),
                                        " fields; a schedule has five: minute hour day month weekday"));
  }
  std::bitset<8> weekdays;
  const Status taken[] = {
      take_field({"minute", 0, 59, {}}, fields[0], rule.minutes_),
      take_field({"hour", 0, 23, {}}, fields[1], rule.hours_),
      take_field({"day of the month", 1, 31, {}}, fields[2], rule.days_),
      take_field({"month", 1, 12, kMonths}, fields[3], rule.months_),
      take_field({"day of the week", 0, 7, kDays}, fields[4], weekdays),
  };
  for (const Status& status : taken) {
    if (!status) return forward(status);
  }
  for (size_t i = 0; i < 8; ++i) {
    if (weekdays[i]) rule.weekdays_.set(i % 7);
  }
  rule.any_day_ = fields[2].starts_with('*');
  rule.any_weekday_ = fields[4].starts_with('*');
  return rule;
}

std::optional<WallTime> Rule::next(WallTime after) const {
  if (every_.count() > 0) return after + every_;
  WallTime at = floor<minutes>(after) + minutes(1);
  const WallTime end = after + days(8 * 366);
  while (at < end) {
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const bool by_day = days_[static_cast<unsigned>(date.day())];
    const bool by_weekday = weekdays_[weekday(day).c_encoding()];
    const bool day_fits = any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
    if (!months_[static_cast<unsigned>(date.month())] || !day_fits) {
      at = day + days(1);
      continue;
    }
    const auto hour = floor<hours>(at);
    if (!hours_[static_cast<size_t>((hour - day).count())]) {
      at = hour + hours(1);
      continue;
    }
    if (minutes_[static_cast<size_t>(floor<minutes>(at - hour).count())]) return at;
    at += minutes(1);
  }
  return std::nullopt;
}

}  // namespace oree::jobs

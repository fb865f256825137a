// oree detect: detectors side by side on recorded series, or one of them on one series.
#include <cmath>
#include <cstdio>

#include "app/commands.h"
#include "app/terminal.h"
#include "base/text.h"
#include "platform/json/value.h"
#include "services/detection/compare.h"

namespace oree::app {
namespace {

using detection::ScoreLine;

json::Value number(double value) {
  return std::isfinite(value) ? json::Value(value) : json::Value();
}

std::string figure(double value, int decimals) {
  return std::isfinite(value) ? fixed(value, decimals) : "–";
}

json::Value lines_json(const std::vector<ScoreLine>& lines) {
  json::Array out;
  for (const auto& line : lines) {
    out.push_back(json::Object{{"detector", line.detector},
                               {"f1", number(line.f1)},
                               {"far", number(line.false_alarm_rate)},
                               {"mar", number(line.missed_alarm_rate)},
                               {"nab", number(line.nab)},
                               {"nab_own_threshold", number(line.nab_own)},
                               {"vus_pr", number(line.vus_pr)},
                               {"seconds", line.seconds},
                               {"failure", line.failure}});
  }
  return out;
}

void print_lines(const std::vector<ScoreLine>& lines) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : lines) {
    if (!line.failure.empty()) {
      rows.push_back({line.detector, "–", "–", "–", "–", "–", line.failure});
      continue;
    }
    rows.push_back({line.detector, figure(line.f1, 3), figure(line.false_alarm_rate, 1),
                    figure(line.missed_alarm_rate, 1), figure(line.nab, 1), figure(line.vus_pr, 3),
                    figure(line.seconds, 2)});
  }
  print_table({"detector", "F1", "FAR %", "MAR %", "NAB", "VUS-PR", "s"}, rows);
}

Result<std::vector<detection::Series>> load_all(const std::vector<std::filesystem::path>& paths) {
  std::vector<detection::Series> all;
  for (const auto& path : paths) {
    auto some = detection::load_series(path);
    if (!some) return some;
    all.insert(all.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
  }
  return all;
}

int compare(const DetectOptions& options, const std::vector<detection::Series>& series) {
  const auto lines = detection::compare(series, detection::all_detectors(), {});
  if (!lines) return print_error(lines.error());
  if (options.json) {
    std::printf("%s\n", json::print(lines_json(*lines), 2).c_str());
    return 0;
  }
  size_t rows = 0;
  for (const auto& one : series) rows += one.rows().count();
  std::printf("%s series, %s rows; each detector learns from the healthy rows at the front\n\n",
              cat(series.size()).c_str(), cat(rows).c_str());
  print_lines(*lines);
  return 0;
}

struct Span {
  size_t first, last;
  double highest;
};

std::vector<Span> spans_above(const std::vector<double>& scores, double threshold) {
  std::vector<Span> out;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!(scores[i] > threshold)) continue;
    if (out.empty() || out.back().last + 1 != i) out.push_back({i, i, scores[i]});
    out.back().last = i;
    out.back().highest = std::max(out.back().highest, scores[i]);
  }
  return out;
}

// One series, one detector: where it says that something is wrong.
int judge(const DetectOptions& options, const detection::Series& series) {
  auto detector = detection::make_detector(options.detector);
  if (!detector) return print_error(detector.error());
  const auto rows = series.rows();
  if (auto fitted = (*detector)->fit(rows.part(0, series.training_rows)); !fitted)
    return print_error(fitted.error());
  std::vector<double> scores(rows.count());
  if (auto scored = (*detector)->score(rows, scores); !scored) return print_error(scored.error());
  const auto name = [&](size_t row) {
    return row < series.times.size() ? series.times[row] : cat("row ", row + 1);
  };
  json::Array found;
  std::vector<std::vector<std::string>> table;
  for (const auto& span : spans_above(scores, (*detector)->threshold())) {
    found.push_back(
        json::Object{{"from", name(span.first)}, {"to", name(span.last)}, {"score", span.highest}});
    table.push_back({name(span.first), name(span.last), fixed(span.highest, 3)});
  }
  if (options.json) {
    std::printf("%s\n", json::print(json::Object{{"series", series.name},
                                                 {"detector", options.detector},
                                                 {"threshold", (*detector)->threshold()},
                                                 {"learnt_from", series.training_rows},
                                                 {"anomalies", std::move(found)}},
                                    2)
                            .c_str());
    return 0;
  }
  std::printf("%s: %s learnt from %zu rows, threshold %s, %zu spans above it\n", series.name.c_str(),
              options.detector.c_str(), series.training_rows, fixed((*detector)->threshold(), 3).c_str(),
              table.size());
  if (!table.empty()) print_table({"from", "to", "highest score"}, table);
  return 0;
}

}  // namespace

int run_detect(const DetectOptions& options) {
  const auto series = load_all(options.series);
  if (!series) return print_error(series.error());
  if (series->empty()) return print_error({ErrorKind::not_found, "there is no .csv file there"});
  if (options.compare) return compare(options, *series);
  for (const auto& one : *series) {
    if (const int code = judge(options, one); code != 0) return code;
  }
  return 0;
}

}  // namespace oree::app

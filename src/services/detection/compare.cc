#include "services/detection/compare.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/text.h"
#include "services/detection/scores/nab_score.h"
#include "services/detection/scores/point_scores.h"

namespace oree::detection {

namespace {

// One series as a detector saw it.
struct Scored {
  const Series* series;
  std::vector<double> scores;
  double threshold;
};

NabSum nab_at(std::span<const Scored> all, double factor) {
  NabSum sum;
  for (const Scored& one : all) {
    std::vector<uint8_t> flags(one.scores.size());
    for (size_t i = 0; i < flags.size(); ++i) flags[i] = one.scores[i] > one.threshold * factor ? 1 : 0;
    const auto windows = spans_of(one.series->labels);
    const NabSum part = nab_sum(flags, windows, one.series->training_rows);
    sum.raw += part.raw;
    sum.windows += part.windows;
  }
  return sum;
}

double best_nab(std::span<const Scored> all) {
  double best = nab_score(nab_at(all, 1));
  // From a half to some hundred times its own threshold, in steps of 5 %.
  for (double factor = 0.5; factor < 300; factor *= 1.05)
    best = std::max(best, nab_score(nab_at(all, factor)));
  return best;
}

Result<std::vector<Scored>> score_all(std::span<const Series> series, Detector& detector) {
  std::vector<Scored> out;
  for (const Series& one : series) {
    const Rows rows = one.rows();
    if (auto status = detector.fit(rows.part(0, one.training_rows)); !status)
      return forward(status, one.name);
    Scored scored{&one, std::vector<double>(rows.count()), detector.threshold()};
    if (auto status = detector.score(rows, scored.scores); !status) return forward(status, one.name);
    out.push_back(std::move(scored));
  }
  return out;
}

ScoreLine line_of(Detector& detector, std::span<const Series> series, const ComparePlan& plan) {
  ScoreLine line;
  line.detector = detector.name();
  const auto started = std::chrono::steady_clock::now();
  const auto scored = score_all(series, detector);
  line.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  if (!scored) {
    line.failure = scored.error().what;
    return line;
  }
  Confusion sum;
  double vus = 0;
  for (const Scored& one : *scored) {
    const size_t from = plan.score_training ? 0 : one.series->training_rows;
    const auto labels = std::span(one.series->labels).subspan(from);
    const auto scores = std::span(one.scores).subspan(from);
    sum += count_alarms(labels, scores, one.threshold);
    vus += vus_pr(labels, scores, plan.vus_window) / static_cast<double>(series.size());
  }
  line.f1 = f1(sum);
  line.false_alarm_rate = false_alarm_rate(sum);
  line.missed_alarm_rate = missed_alarm_rate(sum);
  line.nab_own = nab_score(nab_at(*scored, 1));
  line.nab = best_nab(*scored);
  line.vus_pr = vus;
  return line;
}

std::string cell(double value, int decimals, size_t width) {
  std::string text = std::isnan(value) ? "-" : fixed(value, decimals);
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

}  // namespace

Result<std::vector<ScoreLine>> compare(std::span<const Series> series,
                                       std::span<const std::unique_ptr<Detector>> candidates,
                                       const ComparePlan& plan) {
  if (series.empty()) return fail(ErrorKind::invalid, "there is no series to compare on");
  for (const Series& one : series) {
    if (one.labels.empty()) return fail(ErrorKind::invalid, cat(one.name, " has no labels to compare with"));
    if (one.training_rows == 0) {
      return fail(ErrorKind::invalid,
                  cat(one.name, " begins with an anomaly: there is nothing healthy to learn from"));
    }
  }
  std::vector<ScoreLine> lines;
  for (const auto& detector : candidates) lines.push_back(line_of(*detector, series, plan));
  std::ranges::stable_sort(lines, [](const ScoreLine& a, const ScoreLine& b) {
    if (a.failure.empty() != b.failure.empty()) return a.failure.empty();
    return a.f1 > b.f1;
  });
  return lines;
}

std::vector<std::unique_ptr<Detector>> all_detectors() {
  std::vector<std::unique_ptr<Detector>> out;
  for (const auto& facts : detectors()) out.push_back(*make_detector(facts.name));
  return out;
}

std::string table_text(std::span<const ScoreLine> lines) {
  std::string out = "detector                     F1   FAR %   MAR %     NAB   NAB own  VUS-PR  seconds\n";
  for (const ScoreLine& line : lines) {
    std::string name = line.detector;
    name.resize(std::max<size_t>(name.size(), 24), ' ');
    if (!line.failure.empty()) {
      out += cat(name, "  ", line.failure, "\n");
      continue;
    }
    out += cat(name, cell(line.f1, 3, 7), cell(line.false_alarm_rate, 1, 8),
               cell(line.missed_alarm_rate, 1, 8), cell(line.nab, 1, 8), cell(line.nab_own, 1, 10),
               cell(line.vus_pr, 3, 8), cell(line.seconds, 2, 9), "\n");
  }
  return out;
}

}  // namespace oree::detection

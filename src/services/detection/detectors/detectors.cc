#include <algorithm>

#include "base/text.h"
#include "services/detection/detector.h"
#include "services/detection/detectors/change_points.h"
#include "services/detection/detectors/isolation_forest.h"
#include "services/detection/detectors/pca.h"
#include "services/detection/detectors/z_scores.h"
#include "services/detection/windows.h"

namespace oree::detection {

namespace {

using Make = std::unique_ptr<Detector> (*)();

struct Row {
  DetectorFacts facts;
  Make make;
};

constexpr Row kTable[] = {
    {{"ewma", "running mean of each sensor, in spreads from the healthy median", false},
     [] { return make_ewma(); }},
    {{"robust_z", "each reading, in spreads from the healthy median", false}, [] { return make_robust_z(); }},
    {{"pca", "principal components of a row: T² and Q together", false}, [] { return make_pca("pca", {}); }},
    {{"pca_t2", "principal components of a row: how far along the known directions", false},
     [] { return make_pca("pca_t2", {.statistic = PcaStatistic::t2}); }},
    {{"pca_q", "principal components of a row: how far off the known directions", false},
     [] { return make_pca("pca_q", {.statistic = PcaStatistic::q}); }},
    {{"pca_window", "the same Q of windows of 60 rows: sees the shape of a cycle", false},
     [] { return make_pca("pca_window", {.statistic = PcaStatistic::q, .steps = kSteps, .quantile = 1}); }},
    {{"isolation_forest", "100 random trees over rows", false},
     [] { return make_isolation_forest("isolation_forest", {}); }},
    {{"isolation_forest_window", "100 random trees over windows of 60 rows", false},
     [] { return make_isolation_forest("isolation_forest_window", {.steps = kSteps, .quantile = 1}); }},
    {{"cusum", "cumulative sum of shifts from the healthy median", false}, [] { return make_cusum(); }},
    {{"page_hinkley", "cumulative sum of shifts from the running mean", true},
     [] { return make_page_hinkley(); }},
    {{"adwin", "adaptive window: two parts with different means", true}, [] { return make_adwin(); }},
};

}  // namespace

std::span<const DetectorFacts> detectors() {
  static const auto kFacts = [] {
    std::vector<DetectorFacts> facts;
    for (const Row& row : kTable) facts.push_back(row.facts);
    return facts;
  }();
  return kFacts;
}

Result<std::unique_ptr<Detector>> make_detector(std::string_view name) {
  std::vector<std::string> names;
  for (const Row& row : kTable) {
    if (row.facts.name == name) return row.make();
    names.emplace_back(row.facts.name);
  }
  return fail(ErrorKind::not_found, cat("there is no detector '", name, "'", did_you_mean(name, names),
                                        " (there are ", join(names, ", "), ")"));
}

std::vector<Result<Judgement>> Detector::judge_each(std::span<const Rows> machines) const {
  std::vector<Result<Judgement>> out;
  out.reserve(machines.size());
  for (const Rows& rows : machines) out.push_back(judge(rows));
  return out;
}

}  // namespace oree::detection

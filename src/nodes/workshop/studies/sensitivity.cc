#include "nodes/workshop/studies/sensitivity.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "nodes/workshop/judge.h"

namespace oree::workshop {

namespace {

using certification::Answer;

// The runtime's answers are exact up to rounding; more than this is as good as untouched.
constexpr double kMostDecibels = 120;

Sensitivity judged(const certification::Score& score, Sensitivity layer) {
  layer.sqnr_db = std::min(score.sqnr_db, kMostDecibels);
  if (!std::isfinite(score.sqnr_db)) layer.sqnr_db = kMostDecibels;
  layer.agreement = score.agreement;
  return layer;
}

}  // namespace

Result<std::vector<Sensitivity>> sensitivities(const Laboratory& lab, size_t samples,
                                               const std::function<void(std::string_view)>& tell) {
  const std::vector<Sample>& all = lab.dataset().evaluation();
  const auto some = std::span(all).first(std::min(all.size(), samples));
  const auto reference = lab.loaded(lab.prepared(), 1);
  if (!reference) return forward(reference);
  const auto truth = answers_of(lab.network(), **reference, lab.dataset(), some);
  if (!truth) return forward(truth);
  const std::vector<std::string>& weighted = lab.weighted();
  std::vector<Sensitivity> out;
  for (const graph::Node& node : lab.prepared().graph.nodes) {
    if (std::ranges::find(weighted, node.outputs[0]) == weighted.end()) continue;
    Sensitivity layer{graph::node_text(node), node.op, node.outputs[0]};
    std::unordered_set<std::string> kept(weighted.begin(), weighted.end());
    kept.erase(layer.output);
    const auto made = lab.integers(calibration::Method::mse, kept);
    if (!made) {
      layer.why_not = made.error().what;
      out.push_back(std::move(layer));
      continue;
    }
    const auto model = lab.loaded(made->model, 1);
    if (!model) return forward(model);
    const auto answers = answers_of(lab.network(), **model, lab.dataset(), some);
    if (!answers) return forward(answers);
    out.push_back(judged(certification::score(lab.network().task, *truth, *answers, {}), std::move(layer)));
    if (tell) tell(cat("  ", out.size(), " of ", weighted.size(), " layers"));
  }
  std::ranges::stable_sort(out, {}, [](const Sensitivity& layer) {
    return layer.why_not.empty() ? layer.sqnr_db : kMostDecibels + 1;
  });
  return out;
}

json::Value to_json(const std::vector<Sensitivity>& layers) {
  json::Array out;
  for (const Sensitivity& layer : layers) {
    json::Object row{{"node", layer.node}, {"op", layer.op}, {"output", layer.output}};
    if (layer.why_not.empty()) {
      row.emplace_back("sqnr_db", layer.sqnr_db);
      row.emplace_back("agreement", layer.agreement);
    } else {
      row.emplace_back("why_not", layer.why_not);
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace oree::workshop

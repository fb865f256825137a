#include "nodes/workshop/choice/islands.h"

#include <algorithm>
#include <cmath>

#include "core/graph/file.h"
#include "core/graph/shapes/infer.h"
#include "nodes/workshop/measure.h"
#include "services/assessment/costs.h"
#include "services/quantisation/selection.h"

namespace oree::workshop {

namespace {

constexpr size_t kGroups = 12;
constexpr Pace kGlance{.seconds = 0.04, .least_rounds = 9, .own_time = true};
// Where time is not measured: integers take half as long, and a border a hundredth of the whole.
constexpr double kGuessedGain = 0.5, kGuessedBorder = 0.01;

}  // namespace

// By products, since those are the time; what cannot be counted counts a little.
void Islands::cut() {
  const graph::Model& model = given_.model;
  const Result<graph::Inference> types = graph::infer(model);
  std::vector<assessment::NodeCost> known;
  if (types) known = assessment::costs_of(model.graph, *types);
  std::vector<std::string> outputs;
  std::vector<double> products;
  for (size_t i = 0; i < model.graph.nodes.size(); ++i) {
    const graph::Node& node = model.graph.nodes[i];
    if (quantisation::kind_of(node) != quantisation::Kind::weighted) continue;
    outputs.push_back(node.outputs[0]);
    products.push_back(1 + (known.empty() ? 0 : static_cast<double>(known[i].macs)));
  }
  double all = 0;
  for (const double one : products) all += one;
  const std::vector<size_t> first = search::cut_evenly(products, kGroups);
  for (size_t g = 0; g < first.size(); ++g) {
    const size_t to = g + 1 < first.size() ? first[g + 1] : outputs.size();
    groups_.emplace_back();
    work_.push_back(0);
    for (size_t i = first[g]; i < to; ++i) {
      groups_.back().push_back(outputs[i]);
      work_.back() += products[i] / all;
    }
  }
}

std::vector<std::string> Islands::without(const search::Mix& mix) const {
  std::vector<std::string> floats;
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (!mix[g]) floats.insert(floats.end(), groups_[g].begin(), groups_[g].end());
  }
  return floats;
}

double Islands::guessed_time(const search::Mix& mix) const {
  double time = 1;
  for (size_t g = 0; g < mix.size(); ++g) {
    if (!mix[g]) continue;
    time -= kGuessedGain * work_[g];
    if (g == 0 || !mix[g - 1]) time += 2 * kGuessedBorder;
  }
  return time;
}

Result<search::MixFigures> Islands::figures(const search::Mix& mix) const {
  const Result<quantisation::Quantised> made = given_.make(without(mix));
  if (!made) return forward(made);
  const std::filesystem::path file = given_.work / "islands.onnx";
  if (Status stored = graph::store(made->model, file); !stored) return forward(stored);
  const Result<std::unique_ptr<inference::Model>> loaded = given_.backend.load(file, {});
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (!loaded) return forward(loaded, "a network of integers and floats");
  const auto answers = given_.closeness.ask(**loaded, given_.inputs);
  if (!answers) return forward(answers);
  const double noise = std::pow(10, -given_.closeness.db(*answers) / 10);
  if (!given_.timed) return search::MixFigures{guessed_time(mix), noise};
  const Result<double> ratio =
      time_ratio(given_.float_model, **loaded, given_.inputs[0].tensor.view(), kGlance);
  if (!ratio) return forward(ratio);
  return search::MixFigures{*ratio, noise};
}

Result<Islands> Islands::measure(const Given& given) {
  Islands islands(given);
  islands.cut();
  const size_t count = islands.groups_.size();
  islands.costs_.resize(count);
  const search::Mix integers(count, true);
  const auto all = islands.figures(integers);
  if (!all) return forward(all);
  islands.known_.emplace(integers, *all);
  for (size_t g = 0; g < count; ++g) {
    search::Mix mix(count, false);
    mix[g] = true;
    const auto alone = islands.figures(mix);
    if (!alone && alone.error().kind == ErrorKind::unsupported) continue;
    if (!alone) return forward(alone);
    islands.known_.emplace(mix, *alone);
    mix.flip();
    const auto others = islands.figures(mix);
    if (!others && others.error().kind != ErrorKind::unsupported) return forward(others);
    if (others) islands.known_.emplace(mix, *others);
    const double left = others ? others->time : 1;  // the others have no integers either
    islands.costs_[g] = search::cost_of(alone->time, left, 1, all->time, alone->noise);
  }
  return islands;
}

Result<std::vector<std::vector<std::string>>> Islands::floats(double most_noise) {
  const auto mixes =
      search::explore_mixes(costs_, most_noise, known_, [&](const search::Mix& mix) { return figures(mix); });
  if (!mixes) return forward(mixes);
  std::vector<std::vector<std::string>> all;
  for (const search::Mix& mix : *mixes) all.push_back(without(mix));
  return all;
}

}  // namespace oree::workshop

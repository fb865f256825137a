#include "nodes/workshop/choose.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "core/graph/index.h"
#include "nodes/workshop/judge.h"
#include "services/quantisation/equalise.h"
#include "services/quantisation/selection.h"

namespace oree::workshop {

namespace {

// Below this, answers differ visibly; then the first operators, whose errors all others amplify, stay in
// float.
constexpr double kGoodAnswers = 26;                         // dB
constexpr double kPrefixes[] = {0.1, 0.2, 0.3, 0.45, 0.6};  // shares of the operators with weights
constexpr size_t kChoosingSamples = 24;

quantisation::Ranges ranges_by(const Variant& variant, calibration::Method method, kernels::Target target) {
  const bool symmetric = kernels::facts(target).activations == kernels::Activations::s8_symmetric;
  const calibration::Grid grid{symmetric ? 255 : 256, symmetric};
  quantisation::Ranges ranges;
  for (const auto& [name, statistics] : variant.observations) {
    const calibration::Range range = calibration::choose_range(statistics, method, grid);
    ranges.insert({name, {range.low, range.high, statistics.channel_means()}});
  }
  return ranges;
}

// Outputs of the first `count` operators with weights; all of them for the largest number.
std::vector<std::string> weighted_outputs(const graph::Model& model, size_t count) {
  std::vector<std::string> outputs;
  for (const graph::Node& node : model.graph.nodes) {
    if (outputs.size() == count) break;
    if (quantisation::kind_of(node) == quantisation::Kind::weighted) outputs.push_back(node.outputs[0]);
  }
  return outputs;
}

}  // namespace

std::span<const Sample> choosing_samples(const Dataset& dataset) {
  const std::vector<Sample>& all = dataset.calibration();
  return std::span(all).first(std::min(all.size(), kChoosingSamples));
}

Result<Chooser> Chooser::calibrate(const Given& given) {
  Chooser chooser(given);
  const graph::Index index(given.model.graph);
  const std::vector<std::string> names = quantisation::tensors_to_observe(index);
  Result<Observations> seen = observe(given.model, names, given.dataset, given.dataset.calibration(),
                                      given.tools.backend, given.work);
  if (!seen) return forward(seen);
  if (given.tools.tell) given.tools.tell(cat("  calibrated ", seen->size(), " tensors"));
  chooser.variants_.push_back({"", given.model, std::move(*seen)});
  if (!given.options.equalise) return chooser;
  if (Status done = chooser.equalise(names); !done) return forward(done);
  return chooser;
}

// Evening out changes what some tensors look like: those are looked at again.
Status Chooser::equalise(const std::vector<std::string>& names) {
  quantisation::ChannelReach reach;
  for (const auto& [name, statistics] : variants_[0].observations) {
    std::vector<double>& most = reach[name];
    for (size_t c = 0; c < statistics.channel_maxima().size(); ++c)
      most.push_back(
          std::max(double{statistics.channel_maxima()[c]}, -double{statistics.channel_minima()[c]}));
  }
  Variant even{"channels evened out", given_.model, variants_[0].observations};
  std::vector<std::string> changed = quantisation::equalise_channels(even.model, reach, 0.5);
  std::erase_if(changed,
                [&](const std::string& name) { return std::ranges::find(names, name) == names.end(); });
  if (changed.empty()) return {};
  Result<Observations> seen = observe(even.model, changed, given_.dataset, given_.dataset.calibration(),
                                      given_.tools.backend, given_.work);
  if (!seen) return forward(seen);
  for (auto& [name, statistics] : *seen) even.observations.insert_or_assign(name, std::move(statistics));
  variants_.push_back(std::move(even));
  return {};
}

Result<Candidate> Chooser::candidate(const Variant& variant, calibration::Method method,
                                     kernels::Target target, size_t prefix) const {
  quantisation::Recipe recipe{target,
                              given_.options.correct_bias,
                              {given_.options.keep_float.begin(), given_.options.keep_float.end()}};
  for (const std::string& output : weighted_outputs(variant.model, prefix)) recipe.keep_float.insert(output);
  Result<quantisation::Quantised> made =
      quantisation::quantise(variant.model, ranges_by(variant, method, target), recipe);
  if (!made) return forward(made, given_.options.model.string());
  Candidate result{method, &variant, std::move(*made)};
  const Result<OnTarget> on = load_for(result.quantised.model, target, given_.tools.backend, given_.work);
  if (!on) return forward(on);
  const auto values = values_of(*on->model, given_.dataset, choosing_samples(given_.dataset));
  if (!values) return forward(values);
  result.prefix = prefix;
  result.sqnr_db =
      certification::score(certification::Task::values, given_.float_values, *values, {}).sqnr_db;
  if (given_.tools.tell)
    given_.tools.tell(cat("  ", kernels::facts(target).name, ", ", calibration::name_of(method),
                          variant.name.empty() ? "" : ", ", variant.name,
                          prefix == 0 ? std::string{} : cat(", the first ", prefix, " in float"), ": ",
                          fixed(result.sqnr_db, 1), " dB"));
  return result;
}

// As few as bring the answers near enough.
Result<Candidate> Chooser::with_prefix(Candidate best, kernels::Target target) const {
  const size_t all = weighted_outputs(best.variant->model, SIZE_MAX).size();
  for (const double share : kPrefixes) {
    if (best.sqnr_db >= kGoodAnswers) break;
    const auto count = static_cast<size_t>(share * static_cast<double>(all) + 0.5);
    if (count == 0 || count <= best.prefix) continue;
    Result<Candidate> made = candidate(*best.variant, best.method, target, count);
    if (!made) return forward(made);
    if (made->sqnr_db > best.sqnr_db) best = std::move(*made);
  }
  return best;
}

Result<Candidate> Chooser::best_for(kernels::Target target) const {
  std::vector<calibration::Method> methods{calibration::Method::minmax, calibration::Method::average,
                                           calibration::Method::mse, calibration::Method::percentile};
  if (given_.options.method) methods = {*given_.options.method};
  std::optional<Candidate> best;
  const auto consider = [&](const Variant& variant, calibration::Method method) -> Status {
    Result<Candidate> made = candidate(variant, method, target);
    if (!made) return forward(made);
    if (!best || made->sqnr_db > best->sqnr_db) best = std::move(*made);
    return {};
  };
  for (const Variant& variant : variants_) {
    if (Status done = consider(variant, methods[0]); !done) return forward(done);
  }
  const Variant& chosen = *best->variant;
  for (size_t i = 1; i < methods.size(); ++i) {
    if (Status done = consider(chosen, methods[i]); !done) return forward(done);
  }
  return with_prefix(std::move(*best), target);
}

}  // namespace oree::workshop

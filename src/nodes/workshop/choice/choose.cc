#include "nodes/workshop/choice/choose.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "core/graph/index.h"
#include "nodes/workshop/choice/noise.h"
#include "nodes/workshop/judge.h"
#include "services/quantisation/equalise.h"
#include "services/quantisation/gated.h"
#include "services/quantisation/selection.h"

namespace oree::workshop {

namespace {

// Below this, answers differ visibly: then some operators stay in float. Boxes and thresholds need more than
// the largest of some scores.
constexpr double kGoodClasses = 26, kGoodObjects = 30;         // dB
constexpr double kShares[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.65};  // of the operators with weights, in float
constexpr size_t kChoosingSamples = 24;
constexpr size_t kFirstSamples = 8;  // after these, recipes that are much worse are left
constexpr double kMuchWorse = 1.5;   // dB
constexpr size_t kNoiseSamples = 6;  // say which operators lose most

quantisation::Ranges ranges_by(const Variant& variant, calibration::Method method, kernels::Target target) {
  const bool symmetric = kernels::facts(target).activations == kernels::Activations::s8_symmetric;
  const calibration::Grid grid{symmetric ? 255 : 256, symmetric};
  quantisation::Ranges ranges;
  for (const auto& [name, statistics] : variant.observations) {
    const auto gated = variant.gated.find(name);
    const calibration::Range range = gated == variant.gated.end() || symmetric
                                         ? calibration::choose_range(statistics, method, grid)
                                         : gated->second;
    ranges.insert({name, {range.low, range.high, statistics.channel_means()}});
  }
  return ranges;
}

// Outputs of the operators with weights, in the order of the graph.
std::vector<std::string> weighted_outputs(const graph::Model& model) {
  std::vector<std::string> outputs;
  for (const graph::Node& node : model.graph.nodes) {
    if (quantisation::kind_of(node) == quantisation::Kind::weighted) outputs.push_back(node.outputs[0]);
  }
  return outputs;
}

// What gates itself is cut by what comes out behind the gate, whatever the method for all others.
void find_gated(Variant& variant) {
  const graph::Index index(variant.model.graph);
  for (const std::string& name : quantisation::gated_tensors(index)) {
    const auto seen = variant.observations.find(name);
    if (seen != variant.observations.end())
      variant.gated.insert({name, calibration::gated_range(seen->second, {})});
  }
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
  chooser.variants_.push_back({"", given.model, std::move(*seen), {}});
  find_gated(chooser.variants_[0]);
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
  Variant even{"channels evened out", given_.model, variants_[0].observations, {}};
  std::vector<std::string> changed = quantisation::equalise_channels(even.model, reach, 0.5);
  std::erase_if(changed,
                [&](const std::string& name) { return std::ranges::find(names, name) == names.end(); });
  if (changed.empty()) return {};
  Result<Observations> seen = observe(even.model, changed, given_.dataset, given_.dataset.calibration(),
                                      given_.tools.backend, given_.work);
  if (!seen) return forward(seen);
  for (auto& [name, statistics] : *seen) even.observations.insert_or_assign(name, std::move(statistics));
  find_gated(even);
  variants_.push_back(std::move(even));
  return {};
}

Result<Candidate> Chooser::candidate(const Variant& variant, calibration::Method method,
                                     kernels::Target target, const Floats& floats,
                                     const Candidate* best) const {
  quantisation::Recipe recipe{target,
                              given_.options.correct_bias,
                              {given_.options.keep_float.begin(), given_.options.keep_float.end()}};
  recipe.keep_float.insert(floats.outputs.begin(), floats.outputs.end());
  Result<quantisation::Quantised> made =
      quantisation::quantise(variant.model, ranges_by(variant, method, target), recipe);
  if (!made) return forward(made, given_.options.model.string());
  Candidate result{method, &variant, std::move(*made), -1, -1, floats.outputs, floats.kept};
  if (Status measured = measure(result, target, best); !measured) return forward(measured);
  if (given_.tools.tell)
    given_.tools.tell(cat("  ", kernels::facts(target).name, ", ", calibration::name_of(method),
                          variant.name.empty() ? "" : ", ", variant.name,
                          floats.kept.empty() ? std::string{} : cat(", ", floats.kept, " in float"), ": ",
                          fixed(result.sqnr_db, 1), " dB"));
  return result;
}

// Held against the best on the same samples: some are harder than others.
Status Chooser::measure(Candidate& made, kernels::Target target, const Candidate* best) const {
  const Result<OnTarget> on = load_for(made.quantised.model, target, given_.tools.backend, given_.work);
  if (!on) return forward(on);
  const std::span<const Sample> samples = choosing_samples(given_.dataset);
  const size_t first = std::min(kFirstSamples, samples.size());
  std::vector<certification::Answer> answers;
  for (const size_t until : {first, samples.size()}) {
    auto values =
        values_of(*on->model, given_.dataset, samples.subspan(answers.size(), until - answers.size()));
    if (!values) return forward(values);
    std::ranges::move(*values, std::back_inserter(answers));
    made.sqnr_db = certification::score(certification::Task::values,
                                        std::span(given_.float_values).first(answers.size()), answers, {})
                       .sqnr_db;
    if (until == first) made.first_db = made.sqnr_db;
    if (best != nullptr && made.first_db + kMuchWorse < best->first_db) {
      made.sqnr_db = std::min(made.sqnr_db, best->sqnr_db - kMuchWorse);
      return {};
    }
  }
  return {};
}

// As few as bring the answers near enough: the first operators, whose errors all others pass on, or those
// that lose most by themselves.
Result<Candidate> Chooser::with_floats(Candidate best, kernels::Target target) const {
  const double good = given_.task == certification::Task::objects ? kGoodObjects : kGoodClasses;
  if (best.sqnr_db >= good) return best;
  const Variant& variant = *best.variant;
  const std::vector<std::string> in_order = weighted_outputs(variant.model);
  const auto noise = layer_noise(variant.model, best.quantised, given_.dataset,
                                 choosing_samples(given_.dataset)
                                     .first(std::min(kNoiseSamples, choosing_samples(given_.dataset).size())),
                                 given_.tools.backend, given_.work);
  if (!noise) return forward(noise);
  std::vector<std::string> noisiest;
  for (const LayerNoise& layer : *noise) noisiest.push_back(layer.output);
  size_t before = 0;
  for (const double share : kShares) {
    const auto count = static_cast<size_t>(share * static_cast<double>(in_order.size()) + 0.5);
    if (count == before || count >= in_order.size()) continue;
    before = count;
    for (const bool by_noise : {true, false}) {
      std::vector<std::string> outputs = by_noise ? noisiest : in_order;
      outputs.resize(std::min(count, outputs.size()));
      const Floats floats{cat("the ", by_noise ? "noisiest " : "first ", outputs.size()), outputs};
      Result<Candidate> made = candidate(variant, best.method, target, floats, &best);
      if (!made) return forward(made);
      if (made->sqnr_db > best.sqnr_db) best = std::move(*made);
      if (best.sqnr_db >= good) return best;
    }
  }
  return best;
}

Result<Candidate> Chooser::best_for(kernels::Target target, const Candidate* elsewhere) const {
  std::vector<calibration::Method> methods{calibration::Method::minmax, calibration::Method::average,
                                           calibration::Method::mse, calibration::Method::percentile};
  if (given_.options.method) methods = {*given_.options.method};
  std::optional<Candidate> best;
  if (elsewhere != nullptr) {
    Result<Candidate> made = candidate(*elsewhere->variant, elsewhere->method, target,
                                       {elsewhere->kept, elsewhere->floats}, nullptr);
    if (!made) return forward(made);
    if (made->sqnr_db + kMuchWorse >= elsewhere->sqnr_db) return made;
    best = std::move(*made);
  }
  const auto consider = [&](const Variant& variant, calibration::Method method) -> Status {
    const bool known = elsewhere != nullptr && elsewhere->floats.empty() && elsewhere->variant == &variant &&
                       elsewhere->method == method;
    if (known) return {};
    Result<Candidate> made = candidate(variant, method, target, {}, best ? &*best : nullptr);
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
  return with_floats(std::move(*best), target);
}

}  // namespace oree::workshop

#include "nodes/workshop/choice/choose.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "core/graph/index.h"
#include "nodes/workshop/choice/islands.h"
#include "nodes/workshop/judge.h"
#include "nodes/workshop/measure.h"
#include "services/quantisation/equalise.h"
#include "services/quantisation/gated.h"
#include "services/quantisation/selection.h"

namespace oree::workshop {

namespace {

// Of the float network's time. No mix is looked for where integers alone are as fast as this, or clearly as
// fast as was asked.
constexpr double kFastEnough = 0.67, kClearly = 0.97;
constexpr size_t kChoosingSamples = 24;
constexpr size_t kFirstSamples = 8;  // after these, recipes that are much worse are left
constexpr double kMuchWorse = 1.5;   // dB
constexpr size_t kIslandSamples = 6;
constexpr int kRounds = 4;       // of mixes that lost more than the few inputs showed
constexpr double kMargin = 0.5;  // dB
constexpr Pace kLook{.seconds = 0.2, .least_rounds = 15, .own_time = true};

constexpr calibration::Method kMethods[] = {calibration::Method::minmax, calibration::Method::average,
                                            calibration::Method::mse, calibration::Method::percentile};

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
  const auto choosing = choosing_samples(given.dataset);
  Result<Closeness> closeness =
      Closeness::to(given.network, given.float_model, given.dataset, choosing, given.float_values);
  if (!closeness) return forward(closeness);
  Chooser chooser(given, std::move(*closeness));
  const graph::Index index(given.model.graph);
  const std::vector<std::string> names = quantisation::tensors_to_observe(index);
  Result<Observations> seen = observe(given.model, names, given.dataset, given.dataset.calibration(),
                                      given.tools.backend, given.work);
  if (!seen) return forward(seen);
  if (given.tools.tell) given.tools.tell(cat("  calibrated ", seen->size(), " tensors"));
  chooser.variants_.push_back({"", given.model, std::move(*seen)});
  find_gated(chooser.variants_[0]);
  for (const Sample& sample : choosing.first(std::min(choosing.size(), kIslandSamples))) {
    Result<Input> input = given.dataset.load(sample);
    if (!input) return forward(input);
    chooser.inputs_.push_back(std::move(*input));
  }
  if (!given.options.equalise) return chooser;
  if (Status done = chooser.equalise(names); !done) return forward(done);
  chooser.even_gates();
  return chooser;
}

// Of the network as it came: what equalise() evens out has no gates.
void Chooser::even_gates() {
  Variant even{"channels of gates evened out", given_.model, variants_[0].observations, variants_[0].gated};
  for (const auto& [name, seen] : even.observations) {
    even.channels.insert({name,
                          {{seen.channel_minima().begin(), seen.channel_minima().end()},
                           {seen.channel_maxima().begin(), seen.channel_maxima().end()},
                           seen.channel_means()}});
  }
  graph::Model tried = even.model;
  if (!quantisation::even_out_gates(tried, even.channels, {}).floats.empty())
    variants_.push_back(std::move(even));
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
  find_gated(even);
  variants_.push_back(std::move(even));
  return {};
}

Result<quantisation::Quantised> Chooser::quantised(const Variant& variant, calibration::Method method,
                                                   kernels::Target target,
                                                   const std::vector<std::string>& floats) const {
  quantisation::Recipe recipe{target,
                              given_.options.correct_bias,
                              {given_.options.keep_float.begin(), given_.options.keep_float.end()}};
  recipe.keep_float.insert(floats.begin(), floats.end());
  quantisation::Ranges ranges = ranges_by(variant, method, target);
  const bool symmetric = kernels::facts(target).activations == kernels::Activations::s8_symmetric;
  if (variant.channels.empty() || symmetric) return quantisation::quantise(variant.model, ranges, recipe);
  graph::Model even = variant.model;
  quantisation::EvenedGates done = quantisation::even_out_gates(even, variant.channels, recipe.keep_float);
  ranges.merge(done.ranges);
  recipe.keep_float.merge(done.floats);
  return quantisation::quantise(even, ranges, recipe);
}

Result<Candidate> Chooser::candidate(const Variant& variant, calibration::Method method,
                                     kernels::Target target, const std::vector<std::string>& floats,
                                     const Candidate* best) const {
  Result<quantisation::Quantised> made = quantised(variant, method, target, floats);
  if (!made) return forward(made, given_.options.model.string());
  Candidate result{method, &variant, std::move(*made), -1, -1, floats};
  if (Status measured = measure(result, target, best); !measured) return forward(measured);
  if (given_.tools.tell)
    given_.tools.tell(cat("  ", kernels::facts(target).name, ", ", calibration::name_of(method),
                          variant.name.empty() ? "" : ", ", variant.name,
                          floats.empty() ? std::string{} : cat(", ", floats.size(), " operators in float"),
                          ": ", fixed(result.near_db, 1), " dB"));
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
    auto values = closeness_.ask(*on->model, samples.subspan(answers.size(), until - answers.size()));
    if (!values) return forward(values);
    std::ranges::move(*values, std::back_inserter(answers));
    made.near_db = closeness_.db(answers);
    if (until == first) made.first_db = made.near_db;
    if (best != nullptr && made.first_db + kMuchWorse < best->first_db) {
      made.near_db = std::min(made.near_db, best->near_db - kMuchWorse);
      return {};
    }
  }
  return {};
}

// Of the kernels of this machine, which are near enough to those of its older kin; where speed is not asked
// for, it is not measured.
Status Chooser::time(Candidate& made, kernels::Target target) const {
  if (kernels::facts(target).activations != kernels::Activations::u8 || given_.options.limits.speedup <= 0)
    return {};
  const Result<OnTarget> on = load_for(made.quantised.model, target, given_.tools.backend, given_.work);
  if (!on) return forward(on);
  const auto ratio = time_ratio(given_.float_model, *on->model, inputs_[0].tensor.view(), kLook);
  if (!ratio) return forward(ratio);
  made.time = *ratio;
  return {};
}

bool Chooser::fast_enough(const Candidate& made) const {
  return made.time < 0 || made.time < std::max(kFastEnough, kClearly / given_.options.limits.speedup);
}

bool Chooser::good(const Candidate& made) const {
  return made.near_db >= closeness_.enough();
}

// The fastest of some mixes whose answers are near enough. Noise was taken to add up: where it does more than
// that, less of it is allowed.
Result<Candidate> Chooser::mixed(Candidate best, kernels::Target target) const {
  if (Status timed = time(best, target); !timed) return forward(timed);
  if (good(best) && fast_enough(best)) return best;
  const auto make = [&](const std::vector<std::string>& floats) {
    return quantised(*best.variant, best.method, target, floats);
  };
  Result<Islands> islands =
      Islands::measure({best.variant->model, given_.float_model, make, given_.tools.backend, given_.work,
                        inputs_, closeness_, best.time >= 0});
  if (!islands) return forward(islands);
  double allowed = std::pow(10, -closeness_.enough() / 10);
  for (int round = 0; round < kRounds; ++round) {
    const auto mixes = islands->floats(allowed);
    if (!mixes) return forward(mixes);
    if (mixes->empty()) break;
    Result<Candidate> made = candidate(*best.variant, best.method, target, mixes->front(), nullptr);
    if (!made) return forward(made);
    if (Status timed = time(*made, target); !timed) return forward(timed);
    allowed *= std::pow(10, (made->near_db - closeness_.enough() - kMargin) / 10);
    const bool enough = good(*made);
    const bool better =
        enough == good(best) && enough ? made->time < best.time : made->near_db > best.near_db;
    if (better) best = std::move(*made);
    if (enough) break;
  }
  return best.near_db < closeness_.enough() + kMargin ? by_other_means(std::move(best), target)
                                                      : std::move(best);
}

// The recipe was chosen with everything in integers, where those that are float now may have decided.
Result<Candidate> Chooser::by_other_means(Candidate best, kernels::Target target) const {
  if (best.floats.empty() || given_.options.method) return best;
  const std::vector<std::string> floats = best.floats;
  for (const Variant& variant : variants_) {
    for (const calibration::Method method : kMethods) {
      if (&variant == best.variant && method == best.method) continue;
      Result<Candidate> made = candidate(variant, method, target, floats, &best);
      if (!made) return forward(made);
      if (made->near_db <= best.near_db) continue;
      made->time = best.time;
      best = std::move(*made);
    }
  }
  return best;
}

Result<Candidate> Chooser::best_for(kernels::Target target, const Candidate* elsewhere) const {
  std::vector<calibration::Method> methods(std::begin(kMethods), std::end(kMethods));
  if (given_.options.method) methods = {*given_.options.method};
  std::optional<Candidate> best;
  if (elsewhere != nullptr) {
    Result<Candidate> made =
        candidate(*elsewhere->variant, elsewhere->method, target, elsewhere->floats, nullptr);
    if (!made) return forward(made);
    if (made->near_db + kMuchWorse >= elsewhere->near_db) return made;
    best = std::move(*made);
  }
  const auto consider = [&](const Variant& variant, calibration::Method method) -> Status {
    const bool known = elsewhere != nullptr && elsewhere->floats.empty() && elsewhere->variant == &variant &&
                       elsewhere->method == method;
    if (known) return {};
    Result<Candidate> made = candidate(variant, method, target, {}, best ? &*best : nullptr);
    if (!made) return forward(made);
    if (!best || made->near_db > best->near_db) best = std::move(*made);
    return {};
  };
  for (const Variant& variant : variants_) {
    if (Status done = consider(variant, methods[0]); !done) return forward(done);
  }
  const Variant& chosen = *best->variant;
  for (size_t i = 1; i < methods.size(); ++i) {
    if (Status done = consider(chosen, methods[i]); !done) return forward(done);
  }
  return mixed(std::move(*best), target);
}

}  // namespace oree::workshop

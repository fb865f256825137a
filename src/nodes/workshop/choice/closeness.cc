#include "nodes/workshop/choice/closeness.h"

#include <algorithm>
#include <cmath>

#include "nodes/workshop/judge.h"
#include "services/certification/passing.h"

namespace oree::workshop {

namespace {

// Below this, answers differ visibly.
constexpr double kGood = 26;
// Of the objects that are shown, so many may be expected to come or go.
constexpr double kFlips = 0.03;

double decibels(double noise) {
  return noise > 0 ? std::min(-10 * std::log10(noise), 200.0) : 200;
}

}  // namespace

Result<Closeness> Closeness::to(const Network& network, const inference::Model& float_model,
                                const Dataset& dataset, std::span<const Sample> samples,
                                std::span<const certification::Answer> float_values) {
  Closeness closeness(network, dataset);
  if (network.task == certification::Task::objects) {
    Result<Answers> answers = closeness.ask(float_model, samples);
    if (!answers) return forward(answers);
    closeness.reference_ = std::move(*answers);
    closeness.enough_ = decibels(
        certification::tolerable_noise(closeness.reference_, network.manifest.score_threshold, kFlips));
    return closeness;
  }
  closeness.reference_.assign(float_values.begin(), float_values.end());
  closeness.enough_ = kGood;
  return closeness;
}

Result<Closeness::Answers> Closeness::ask(const inference::Model& model,
                                          std::span<const Sample> samples) const {
  Answers answers;
  for (const Sample& sample : samples) {
    const Result<Input> input = dataset_->load(sample);
    if (!input) return forward(input);
    auto one = ask(model, {&*input, 1});
    if (!one) return forward(one);
    answers.push_back(std::move(one->front()));
  }
  return answers;
}

Result<Closeness::Answers> Closeness::ask(const inference::Model& model,
                                          std::span<const Input> inputs) const {
  if (network_->task != certification::Task::objects) return values_of(model, inputs);
  Answers answers;
  const float threshold = certification::doubtful(network_->manifest.score_threshold);
  for (const Input& input : inputs) {
    auto answer = workshop::ask(*network_, model, input.tensor.view(), input.placement, input.width,
                                input.height, threshold);
    if (!answer) return forward(answer);
    answers.push_back(std::move(*answer));
  }
  return answers;
}

double Closeness::db(std::span<const certification::Answer> answers) const {
  const auto reference = std::span(reference_).first(std::min(reference_.size(), answers.size()));
  if (network_->task == certification::Task::objects)
    return decibels(certification::score_noise(reference, answers, network_->manifest.score_threshold));
  return certification::score(certification::Task::values, reference, answers, {}).sqnr_db;
}

}  // namespace oree::workshop

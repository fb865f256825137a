// Runs networks over samples and collects their answers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/inference/model.h"
#include "nodes/workshop/dataset.h"
#include "services/certification/disturb.h"
#include "services/certification/emulate.h"
#include "services/certification/score.h"

namespace oree::workshop {

// A quantised network that computes as `target` does, loaded. Where the weights prove that no pair saturates,
// that is the file itself.
struct OnTarget {
  std::unique_ptr<inference::Model> model;
  certification::Emulation emulation;
  std::string by;  // "this processor", "this processor; no pair can saturate", "emulated sums of avx2"
};
Result<OnTarget> load_for(const graph::Model& quantised, kernels::Target target, inference::Backend& backend,
                          const std::filesystem::path& work);

Result<std::vector<certification::Answer>> answers_of(const Network& network, const inference::Model& model,
                                                      const Dataset& dataset,
                                                      std::span<const Sample> samples);

// The same samples disturbed in each way that suits them, as each of some networks answers.
struct DisturbedAnswers {
  std::string disturbance;
  std::vector<std::vector<certification::Answer>> answers;  // of each network
};
Result<std::vector<DisturbedAnswers>> disturbed_answers_of(const Network& network,
                                                           std::span<const inference::Model* const> models,
                                                           const Dataset& dataset,
                                                           std::span<const Sample> samples);

// How good `answers` to the first samples of the evaluation are, held against `reference` and against labels
// or drawn boxes where there are some. Detectors agree in what their users see, above the manifest's
// threshold.
certification::Score score_of(const Network& network, const Dataset& dataset,
                              std::span<const certification::Answer> reference,
                              std::span<const certification::Answer> answers);

// An 8-bit network that somebody else made, on samples as each target computes it.
struct TargetScore {
  kernels::Target target = kernels::Target::vnni;
  certification::Score score;
  size_t unsafe_layers = 0, layers = 0;
  std::string by;
};
struct ScoreRequest {
  std::filesystem::path network, data;
  std::filesystem::path
      reference;  // the float network to agree with; empty: labels or drawn boxes alone judge
  DatasetOptions options;
  std::vector<kernels::Target> targets;
};
Result<std::vector<TargetScore>> score_on(const ScoreRequest& request, inference::Backend& backend,
                                          const std::filesystem::path& work);

// All float outputs, one after the other: for choosing between recipes.
Result<std::vector<certification::Answer>> values_of(const inference::Model& model, const Dataset& dataset,
                                                     std::span<const Sample> samples);
Result<std::vector<certification::Answer>> values_of(const inference::Model& model,
                                                     std::span<const Input> inputs);

}  // namespace oree::workshop

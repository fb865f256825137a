// The steps of an ensemble as a graph: which tensor comes from where, and what can run when. Pure; made and
// checked once, at load.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/inference/service/service.h"
#include "core/modelconfig/scheduling.h"

namespace oree::serving {

// Tensors are numbers: those of the ensemble's inputs first, in the description's order.
struct EnsemblePlan {
  struct Binding {
    std::string port;  // the model's name for it
    size_t tensor = 0;
  };
  struct Step {
    std::string model, version;  // version "": by the model's policy
    std::vector<Binding> inputs, outputs;
    std::vector<size_t> waits_for;  // the tensors of `inputs`, each once
  };
  static constexpr size_t kMostSteps = 256;

  // `model_of` gives what a step's model takes and gives. `invalid` for a cycle, a tensor that nothing or two
  // steps give, one that is not everywhere the same, a name that the model has not, a model that takes
  // smaller batches than the ensemble; in Triton's sentences where it has one.
  using ModelOf =
      std::function<Result<inference::Description>(const std::string& model, const std::string& version)>;
  static Result<EnsemblePlan> create(const inference::Description& description,
                                     const modelconfig::Ensembling& settings, const ModelOf& model_of);

  std::vector<Step> steps;                   // each after those it waits for
  std::vector<std::string> tensors;          // names
  std::vector<std::vector<size_t>> readers;  // per tensor: the steps that wait for it
  std::vector<size_t> outputs;               // per port of the description
};

}  // namespace oree::serving

// What tests of passes share: a runtime, inputs that are the same each time, and how far two runs are apart.
#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "core/graph/file.h"
#include "core/graph/numbers.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "services/passes/runtime.h"

namespace oree::passes::testing {

inline std::filesystem::path shared_data() {
  const char* named = std::getenv("OREE_SHARED_DATA");
  return named != nullptr ? std::filesystem::path(named)
                          : std::filesystem::path(OREE_SOURCE_DIR).parent_path() / "shared/data";
}

// Null where there is no ONNX Runtime; then tests say so and pass.
inline inference::Backend* runtime() {
  static auto backend = inference::open_onnxruntime();
  return backend ? backend->get() : nullptr;
}

inline std::vector<graph::Tensor> random_inputs(const graph::Model& model, unsigned seed, double low = -1,
                                                double high = 1) {
  std::mt19937 random(seed);
  std::vector<graph::Tensor> inputs;
  for (const graph::Value& value : model.graph.inputs) {
    if (graph::find_initializer(model.graph, value.name) != nullptr) continue;
    std::vector<int64_t> dims;
    for (const graph::Dim& dim : value.type.dims) dims.push_back(dim.known() ? dim.size : 1);
    std::uniform_real_distribution<double> uniform(low, high);
    std::vector<double> numbers(graph::element_count(dims));
    for (double& number : numbers) number = uniform(random);
    inputs.push_back(*graph::tensor_as(value.name, value.type.element, dims, numbers));
  }
  return inputs;
}

// Largest distance between the outputs of two models of the same interface, relative to the largest value of
// the first; an error when one does not run or the shapes differ.
inline Result<double> distance(const graph::Model& before, const graph::Model& after,
                               std::span<const graph::Tensor> inputs) {
  const auto first = run_model(before, inputs, *runtime());
  if (!first) return forward(first, "before");
  const auto second = run_model(after, inputs, *runtime());
  if (!second) return forward(second, "after");
  if (first->size() != second->size()) return fail(ErrorKind::bug, "another number of outputs");
  double worst = 0, largest = 1e-6;
  for (size_t i = 0; i < first->size(); ++i) {
    if ((*first)[i].name != (*second)[i].name || (*first)[i].dims != (*second)[i].dims) {
      return fail(ErrorKind::bug, "output " + (*first)[i].name + " has another name or shape");
    }
    const auto a = graph::doubles_of((*first)[i]), b = graph::doubles_of((*second)[i]);
    for (size_t k = 0; k < a->size(); ++k) {
      largest = std::max(largest, std::fabs((*a)[k]));
      worst = std::max(worst, std::fabs((*a)[k] - (*b)[k]));
      if (std::isnan((*a)[k]) != std::isnan((*b)[k])) return fail(ErrorKind::bug, "NaN on one side only");
    }
  }
  return worst / largest;
}

}  // namespace oree::passes::testing

// Runs a model that is still a value: what folding needs, and what tests and gates compare before and after
// with.
#pragma once

#include <span>
#include <vector>

#include "core/graph/graph.h"
#include "core/inference/model.h"

namespace oree::passes {

// Writes the model into a temporary file, loads it with the backend and runs it once. Inputs by their place
// in the model's signature; returns its outputs by name. `unsupported` for text.
Result<std::vector<graph::Tensor>> run_model(const graph::Model& model, std::span<const graph::Tensor> inputs,
                                             inference::Backend& backend);

Result<tensor::DType> runtime_type(graph::DataType type);
graph::DataType file_type(tensor::DType type);

}  // namespace oree::passes

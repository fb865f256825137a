// Runs the float network over the samples once and remembers what its tensors looked like.
//
// Tensors of interest become outputs of a copy of the network, some at a time, so that memory stays that of
// one run plus 20 KB a tensor, however many samples there are.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/graph/graph.h"
#include "core/inference/model.h"
#include "nodes/workshop/dataset.h"
#include "services/calibration/statistics.h"

namespace oree::workshop {

using Observations = std::unordered_map<std::string, calibration::Statistics>;

// `work` is a folder for temporary files. `invalid` when a tensor holds values that are no numbers, naming
// it.
Result<Observations> observe(const graph::Model& model, const std::vector<std::string>& names,
                             const Dataset& dataset, std::span<const Sample> samples,
                             inference::Backend& backend, const std::filesystem::path& work);

// A copy with these tensors as outputs, besides its own.
graph::Model with_outputs(const graph::Model& model, std::span<const std::string> names);

}  // namespace oree::workshop

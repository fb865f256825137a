// Runs the float network over the samples once and remembers what its tensors looked like.
//
// The network is cut behind tensors of interest into parts that run one after the other, each with its
// tensors as outputs: every sample is loaded once and every node runs once for it, and memory stays that of
// the weights, of one part's outputs and 20 KB a tensor, however many samples and tensors there are.
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

}  // namespace oree::workshop

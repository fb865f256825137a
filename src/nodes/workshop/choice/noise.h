// What each operator with weights loses by being an integer, measured one by one in a single run: beside the
// float network stands the quantised one, each of whose operators gets the float network's values through the
// integers that its input would have. So no operator's figure holds what others lost before it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/workshop/dataset.h"
#include "services/quantisation/recipe.h"

namespace oree::workshop {

struct LayerNoise {
  std::string output;  // of the operator, in the float network
  double share = 0;    // squared error over squared signal, the mean of its channels
};

// The noisiest first. `work` is a folder for temporary files.
Result<std::vector<LayerNoise>> layer_noise(const graph::Model& model,
                                            const quantisation::Quantised& quantised, const Dataset& dataset,
                                            std::span<const Sample> samples, inference::Backend& backend,
                                            const std::filesystem::path& work);

}  // namespace oree::workshop

// What clients are told that a version takes and gives, from its completed configuration.
#pragma once

#include "core/inference/service/service.h"
#include "core/modelconfig/model_config.h"
#include "core/package/manifest.h"

namespace oree::serving {

// Labels come from each output's label_filename below the model's folder, or from the package's own.
// `invalid` for a labels file that is none or leads out of the folder.
Result<inference::Description> describe_model(const modelconfig::ModelConfig& config,
                                              const package::Manifest& manifest, const std::string& platform,
                                              const std::filesystem::path& model_folder);

}  // namespace oree::serving

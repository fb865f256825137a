// A configuration's model_warmup: requests of zeros, of random numbers or from files, run before a version is
// ready.
#pragma once

#include "core/inference/model.h"
#include "core/modelconfig/repository/model_folder.h"

namespace oree::serving {

// `config` is completed; files lie in <model>/warmup/. The first that fails is why the version does not
// serve.
Status run_warm_up(const inference::Model& model, const modelconfig::ModelConfig& config,
                   const std::filesystem::path& model_folder);

}  // namespace oree::serving

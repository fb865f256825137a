// What a configuration brings from files of its own: model_warmup, requests that are run before a version is
// ready, and the states that sequences begin with.
#pragma once

#include <map>

#include "core/inference/model.h"
#include "core/modelconfig/repository/model_folder.h"

namespace oree::serving {

// `config` is completed; files lie in <model>/warmup/. The first that fails is why the version does not
// serve.
Status run_warm_up(const inference::Model& model, const modelconfig::ModelConfig& config,
                   const std::filesystem::path& model_folder);

// The bytes of each initial state that comes from a file in <model>/initial_state/, by its name.
Result<std::map<std::string, ByteBuffer>> read_initial_states(const modelconfig::ModelConfig& config,
                                                              const std::filesystem::path& model_folder);

}  // namespace oree::serving

// One model as it lies in a model repository: `<name>/[config.pbtxt][configs/][labels…]<version>/<network>`.
// Versions are positive integers without leading zero. Looks at names, sizes and times, and reads
// config.pbtxt; no network is opened. No threads.
//
// https://github.com/triton-inference-server/server, docs/user_guide/model_repository.md
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {

using Path = std::filesystem::path;

struct VersionFolder {
  Path folder;
  uint64_t mark = 0;   // changes with names, sizes and times of what lies in it
  uint64_t bytes = 0;  // of all its files
};

struct ModelFolder {
  std::string name;
  Path folder;
  bool has_config = false;  // a config.pbtxt
  ModelConfig config;       // as written; empty without one
  uint64_t mark = 0;        // of what lies beside the versions: configuration, labels
  std::map<uint64_t, VersionFolder> versions;
  std::optional<Error> fault;  // why none of its versions can be served
};

struct FolderOptions {
  std::string config_name;  // configs/<config_name>.pbtxt is read instead of config.pbtxt where it exists
  bool links_may_leave = false;  // a link may lead out of the model's folder
};

// A link that leads out of the folder, a folder too deep or too full and a configuration with a mistake are
// its fault. `not_found` when there is no such folder.
Result<ModelFolder> read_model_folder(const Path& repository, std::string_view name,
                                      const FolderOptions& options = {});
// Whether a configuration, before its network says what was left out, can be that of a model of this name:
// `invalid` in the sentences of validate.h.
Status check_written(const ModelConfig& config, std::string_view name);
// The names of a repository's folders that may be models.
Result<std::vector<std::string>> model_names(const Path& repository);

// Whether a client's name for a model may be one: `invalid` with the protocol's sentence.
Status check_model_name(std::string_view name);

// The network's file in a version's folder: the configuration's default_model_filename, or the first of
// model.onnx, model.onnx.sealed, model.xml, model.tflite, `model.onnx/model.onnx`. `not_found` naming what
// was looked for; `unsupported` for networks of runtimes that are not here.
Result<Path> find_network(const VersionFolder& version, const ModelConfig& config);

// Whether a file, whatever links lead to it, lies below the folder.
bool lies_inside(const Path& folder, const Path& file);

}  // namespace oree::modelconfig

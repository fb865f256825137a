// A model that a client sends with its load request: written to a private folder first, whole or not at all,
// then read like any other.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "core/modelconfig/repository/model_folder.h"
#include "platform/files/private_folder.h"

namespace oree::modelconfig {

// What may stand in "file:<path>": "<version>/…" or a file beside the versions, without '..'. `invalid`.
Status check_inline_path(std::string_view path);

// Writes the files of model `name` below `folder`, as a repository of one model.
Status write_inline(const files::PrivateFolder& folder, std::string_view name,
                    const std::map<std::string, std::string>& files);

}  // namespace oree::modelconfig

// A file's bytes by mmap, read-only. Private to this room.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "platform/onnx/shared_bytes.h"

namespace oree::graph {

// Errors name the path. The file must stay as it is while the bytes live.
Result<onnx::SharedBytes> map_file(const std::filesystem::path& file);

}  // namespace oree::graph

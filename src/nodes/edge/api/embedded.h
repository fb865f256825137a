// The files below web/dist, as they were when the program was built.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace oree::edge {

struct EmbeddedFile {
  std::string_view path;  // "assets/app.js"
  std::string_view media_type;
  std::string_view etag;  // quoted
  ByteView bytes;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace oree::edge

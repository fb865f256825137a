#include "core/sealing/key_source.h"

#include "core/sealing/key_file.h"

namespace oree::sealing {

Result<std::unique_ptr<KeySource>> open_key_source(const std::filesystem::path& file, const std::string&) {
  auto key = KeyFile::open(file);
  if (!key) return forward(key);
  return std::move(*key);
}

}  // namespace oree::sealing

// The parts of sealed evidence by their names, and the model files among them in a folder of their own.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/files/private_folder.h"

namespace oree::edge {

using SealedParts = std::map<std::string, ByteBuffer>;

// The parts below "model/", written to a temporary folder that lives as long as this does. A name that would
// lead out of the folder makes folder() fail.
class Unpacked {
 public:
  explicit Unpacked(const SealedParts& parts);
  Result<std::filesystem::path> folder() const;

 private:
  Status write(const std::string& name, const ByteBuffer& bytes);

  std::optional<files::PrivateFolder> folder_;
  Status written_;
};

}  // namespace oree::edge

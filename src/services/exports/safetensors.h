// The .safetensors container: u64 length of the header, a JSON object {name: {dtype, shape, data_offsets}},
// then the tensors' bytes without gaps. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::exports {

struct StoredTensor {
  std::string dtype;  // "F32", "U32"
  std::vector<int64_t> shape;
  ByteBuffer bytes;
};

ByteBuffer print_safetensors(const std::vector<std::pair<std::string, StoredTensor>>& tensors,
                             const std::vector<std::pair<std::string, std::string>>& metadata);

struct TensorView {
  std::string dtype;
  std::vector<int64_t> shape;
  ByteView bytes;  // into the file
};
// Header at most 16 MiB; `corrupt` names the tensor and what is wrong with it.
Result<std::map<std::string, TensorView>> parse_safetensors(ByteView file);

}  // namespace oree::exports

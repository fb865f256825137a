// An ONNX file's bytes to a Model and back, by protobuf and the schema of the `onnx` package that tools/setup
// pins.
//
//   Result<Model> model = parse(bytes);
//   ...
//   Result<std::string> file = print(*model);
//
// Pure. A tensor comes out with its bytes in `data` whichever of the schema's nine fields held them, and goes
// in as raw bytes; a tensor kept outside of the file comes out with `external` set. Whether the model makes
// sense is not asked here (core/graph/check.h does); whether each tensor has the bytes that its shape needs
// is.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/onnx/model.h"

namespace oree::onnx {

struct Limits {
  uint64_t bytes = uint64_t{2} << 30;         // of the file; protobuf itself can no more
  uint64_t records = 10'000'000;              // nodes, names, attributes, dimensions... all together
  uint64_t tensor_bytes = uint64_t{4} << 30;  // of one tensor, as its shape says
};

// `corrupt` for what is no protobuf or no ONNX, `invalid` for a tensor whose bytes do not fit its shape or a
// limit passed, `unsupported` for an element type or attribute kind that the schema does not have. Each names
// the thing.
Result<Model> parse(ByteView bytes, const Limits& limits = {});

// `invalid` when the result would pass 2 GiB (keep large tensors outside: core/graph/file.h).
Result<std::string> print(const Model& model);

}  // namespace oree::onnx

// inference.InferTensorContents: the other way to say a tensor's numbers, one protobuf field per kind of
// number.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "platform/tensor/tensor.h"

namespace oree::oip {

// The tensor's bytes: as they lie in the message when they do (packed fp32 and fp64), otherwise nothing, and
// they were appended to `converted`. `invalid` when another field than the datatype's holds values, when a
// number does not fit into the datatype, and for datatypes that have no field (FP16, BF16).
Result<std::optional<ByteView>> read_typed_contents(ByteView contents, tensor::DType dtype,
                                                    std::string& converted);

}  // namespace oree::oip

// The JSON wire form of an inference: tensors as arrays of numbers, nested or flat.
// https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md
#pragma once

#include <string>
#include <string_view>

#include "platform/json/reader.h"
#include "services/serving/dialects/oip_infer.h"

namespace oree::serving {

// `invalid` names the key; `unsupported` for datatypes and tensors elsewhere that JSON does not carry.
Result<InferRequest> parse_infer_json(json::Reader& reader, std::string_view body);
// Data flat, numbers shortest and exact. `unsupported` for outputs that JSON cannot say: FP16, BF16, NaN,
// infinity.
Result<std::string> print_infer_json(const InferAnswer& answer);

}  // namespace oree::serving

// The wire forms of an inference request: JSON with tensors in it, behind it (binary) or elsewhere (shared
// memory); and the raw request, which is nothing but a tensor.
// https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md
// https://github.com/triton-inference-server/server, docs/protocol: extension_binary_data, _shared_memory,
// _classification, _sequence, _parameters.
//
// Everything read into the state is borrowed from the body, from regions that the state holds, or from its
// arena. Nothing is allocated once the arena has its size.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "services/oip/wire/call_state.h"

namespace oree::oip {

struct RequestBody {
  std::string_view json;
  ByteView binary;                              // what follows it
  std::string_view model;                       // for sentences
  const SharedMemory* shared_memory = nullptr;  // null: regions are refused
};

// `invalid` in the protocol's sentences; `not_found` for a region, `unsupported` when there are none here.
Status read_request(const RequestBody& body, CallState& state);

// The body as the one input that the model has; the shape follows from the length. All outputs come back
// binary.
Status read_raw_request(ByteView body, const inference::Description& model, CallState& state);

}  // namespace oree::oip

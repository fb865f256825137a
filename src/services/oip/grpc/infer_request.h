// inference.ModelInferRequest: from its bytes to a call.
// https://github.com/kserve/open-inference-protocol, specification/protocol/open_inference_grpc.proto
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "services/oip/grpc/infer_call.h"

namespace oree::oip {

// Into an empty call, which then borrows from `message`. Raw contents, and typed ones that lie as the tensor
// would, are not copied. `invalid` in the protocol's sentences. Regions of shared memory are only noted down.
// Allocates nothing once the call's memory has its size.
Status decode_infer_request(ByteView message, InferCall& call);

}  // namespace oree::oip

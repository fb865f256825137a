// inference.ModelInferResponse: from a finished call to its bytes.
#pragma once

#include <string>

#include "services/oip/grpc/infer_call.h"

namespace oree::oip {

// Appends. Outputs go into raw_output_contents, one entry each; that of an output in shared memory is empty.
// `final_response`: says so in the parameters, as streams do.
Status encode_infer_response(InferCall& call, bool final_response, std::string& out);

}  // namespace oree::oip

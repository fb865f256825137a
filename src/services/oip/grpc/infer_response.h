// inference.ModelInferResponse: from a finished call to its bytes.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "services/oip/grpc/infer_call.h"

namespace oree::oip {

// Appends. Outputs go into raw_output_contents, one entry each; that of an output in shared memory is empty.
// `is_final`: what streams say about it in the parameters. `invalid` for classes of what has none.
Status encode_infer_response(InferCall& call, std::optional<bool> is_final, std::string& out);

// inference.ModelStreamInferResponse around it.
Status encode_stream_response(InferCall& call, std::string& out);
void encode_stream_error(const InferCall& call, std::string_view what, std::string& out);

}  // namespace oree::oip

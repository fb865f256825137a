// The generate extension's wire form: members that are named like inputs become tensors, outputs become
// members. https://github.com/triton-inference-server/server, docs/protocol/extension_generate.md
//
// The shape follows from the model and the number of elements: fixed dimensions are taken as they are, the
// innermost variable one takes the rest. What is named like no input is a parameter of the request, and must
// be a scalar; "parameters" may hold more of both.
#pragma once

#include <string_view>

#include "services/oip/wire/call_state.h"

namespace oree::oip {

Status read_generate(std::string_view body, const inference::Description& model, CallState& state);
// {"model_name":…,"model_version":…,"output":value or [values]} into state.answer.
Status print_generated(CallState& state);

}  // namespace oree::oip

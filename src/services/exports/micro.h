// A .tflite for TFLite Micro: the model as a C array, the operators that it needs, and the arena that it will
// take, known before anything is flashed.
//
// The generated header has NAME (bytes, aligned to 16), NAME_size, NAME_arena_bytes and
// add_NAME_operators(resolver) for a MicroMutableOpResolver<N>. Activations are planned as the interpreter
// plans them; what it keeps for itself (tensors, nodes, multipliers for each channel) is an estimate for a
// 32-bit core with 10 % on top: arena_used_bytes() says what it was. Pure.
//
// Errors: `unsupported` names the operator that TFLite Micro has not, an 8-bit kernel under float
// activations, or a shape that differs between runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "platform/tflite/tflite.h"

namespace oree::exports {

struct MicroExport {
  std::string header, source;                      // NAME.h, NAME.cc
  std::vector<std::string> operators;              // "CONV_2D", each once
  uint64_t model_bytes = 0;                        // in flash
  uint64_t activation_bytes = 0, least_bytes = 0;  // planned; the busiest moment
  uint64_t kept_bytes = 0;                         // estimate
  uint64_t arena_bytes = 0;                        // the sum, with room to spare
};

// `name` must be a C identifier.
Result<MicroExport> export_micro(const tflite::Model& model, const std::string& name);

// "AddConv2D" for "CONV_2D"; "" for what TFLite Micro does not have.
std::string_view resolver_call(std::string_view operator_name);

}  // namespace oree::exports

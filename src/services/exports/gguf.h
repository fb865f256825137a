// Weights as a GGUF file (version 3), the container of ggml and llama.cpp: Q8_0, Q4_0 or F32.
//
// Q8_0: 32 weights in 34 bytes, f16 d then 32 × i8, value = d·q. Q4_0: 32 in 18 bytes, f16 d then 16 bytes,
// low nibbles are the first 16, value = d·(q − 8). Matrices whose rows are a multiple of 32 are quantised,
// the rest is F32. Dims are written fastest first. Names of 64 bytes or more, which ggml refuses, are
// shortened; the full ones stand in order in the key "oree.tensor_names". The file carries weights only:
// `general.architecture` is "oree", so no llama.cpp will run it by itself.
//
// For Q4_0 the step of each block is the best of a few near the one that ggml takes. Pure. Errors as in
// mlx.h, and `unsupported` for tensors of more than four dims.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "services/exports/weights.h"

namespace oree::exports {

enum class GgufType : uint32_t { f32 = 0, q4_0 = 2, q8_0 = 8 };

Result<ByteBuffer> print_gguf(const std::string& name, const std::vector<Weight>& weights, GgufType type);
// The values that ggml would compute with, into `weights` (which say the names and shapes).
Status read_gguf(ByteView file, std::vector<Weight>& weights);

}  // namespace oree::exports

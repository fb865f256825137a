// Weights for MLX: a .safetensors file with 4- or 8-bit groups, as its quantized layers load them.
//
// Layout of a quantised matrix `w` [out, in]: "w" u32 [out, in·bits/32], lowest bits first; "w.scales" and
// "w.biases" f32 [out, in/group]; value = scale·q + bias. A name that ends in ".weight" gives ".scales" and
// ".biases" in its place, as MLX's own files do. What is not quantised is stored as f32. The header is that
// of safetensors: u64 length, JSON, tensors one after the other.
//
// Scale and bias begin at the group's extremes and are then fitted to the codes by least squares, twice;
// MLX's own quantize() stops at the extremes. Pure. Errors: `invalid` for weights that are not finite,
// `corrupt` for files that are no such thing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "services/exports/weights.h"

namespace oree::exports {

struct MlxOptions {
  unsigned bits = 4;    // 4 or 8
  unsigned group = 64;  // 32, 64 or 128; a matrix whose columns are no multiple of it stays float
};

Result<ByteBuffer> print_mlx(const std::vector<Weight>& weights, const MlxOptions& options);
// The values that MLX would compute with, into `weights` (which say the names and shapes).
Status read_mlx(ByteView file, const MlxOptions& options, std::vector<Weight>& weights);

}  // namespace oree::exports

// A convolution of a picture that is one pixel wide and high is a matrix product; and unlike a convolution, a
// matrix product of integers can give floats, so that a classifier's scores are not rounded to 256 steps.
#pragma once

#include "core/graph/graph.h"

namespace oree::quantisation {

// Rewrites Conv 1x1 behind GlobalAveragePool (activations between are fine) to Flatten, Gemm, Reshape.
// Returns how many. The results are the same.
size_t pointwise_to_gemm(graph::Model& model);

}  // namespace oree::quantisation

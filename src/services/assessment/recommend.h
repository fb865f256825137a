// From facts to advice: one row per piece of advice, with the condition that calls for it and the reason that
// people read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oree::assessment {

// What the conditions ask.
struct Facts {
  int64_t opset = 0;
  uint64_t weight_bytes = 0, macs = 0;
  double convolution_share = 0;  // of all sums
  double product_share = 0;      // MatMul, Gemm
  double recurrent_share = 0;
  int64_t largest_hidden = 0;  // of recurrent nodes
  bool quantised = false;      // weights or activations already
  bool half = false;
  bool normalisations = false;  // BatchNormalization left
  bool mixed_tail = false;      // a Concat in front of an output
  bool gated = false;           // SiLU or the like: a tensor read by Sigmoid and Mul
  bool two_dimensions = false;  // products of one row at a time
  double zeros = 0;
  std::string kernel_class;  // processor.h
};

struct Advice {
  std::string what;  // "static INT8, U8 activations and S8 weights for each channel"
  std::string why;
  std::string how;     // the stage or option
  std::string expect;  // what it usually brings
};

// In the order in which to try.
std::vector<Advice> recommend(const Facts& facts);

// Which artefact suits which machine: the matrix of platforms, best and second.
struct Platform {
  std::string_view name, first, second, why;
};
const std::vector<Platform>& platforms();

}  // namespace oree::assessment

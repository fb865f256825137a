// The loops that touch pixels: rows blended, columns blended, channels ordered, normalised and stored, one
// target row at a time so that everything between source and tensor stays in the first-level cache.
#pragma once

#include "platform/image/axis.h"
#include "platform/image/preprocess.h"

namespace oree::image {

struct Resample {
  ImageView source;
  const Axis* x = nullptr;
  const Axis* y = nullptr;
  const Preprocess* spec = nullptr;
  int left = 0;  // where the resized picture stands in the tensor
  int top = 0;
  float* blended = nullptr;  // scratch: (x->end - x->begin) * source channels + kRowSlack floats
  float* row = nullptr;      // scratch: x->span.target * 3 + kRowSlack floats
  std::byte* out = nullptr;  // the tensor; aligned for its type
};

// Vector loads of three channels read a fourth.
constexpr int kRowSlack = 4;

void resample(const Resample& job);

}  // namespace oree::image

// Inputs as a bad camera or a noisy line would give them. Pure, deterministic.
#pragma once

#include <span>
#include <string_view>

#include "platform/tensor/tensor.h"

namespace oree::certification {

enum class Disturbance { noise, blur, brightness };

struct DisturbanceFacts {
  Disturbance disturbance;
  std::string_view name;
  bool pictures_only;
};
std::span<const DisturbanceFacts> disturbances();

// noise: normal, 4 % of the input's range; blur: 3x3 box; brightness: 15 % of the range more. `seed` changes
// the noise only. Blur wants [N,C,H,W] or [N,H,W,C] and leaves everything else alone.
void disturb(tensor::Tensor& input, Disturbance disturbance, unsigned seed);

}  // namespace oree::certification

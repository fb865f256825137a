// The machines that an 8-bit network may be meant for, as facts: which integers they multiply, and where
// their sums lose something.
//
// On x86 without VNNI, VPMADDUBSW adds two products u8 × s8 in 16 bits and saturates: 2 · 255 · 127 = 64,770
// becomes 32,767. The same file then gives other numbers than on a machine with VNNI. A certificate is
// therefore for a model and a target.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace oree::kernels {

enum class Target { avx2, vnni, arm_dot, arm, openvino, tensorrt };

enum class Activations {
  u8,            // unsigned, zero point anywhere
  s8,            // signed, zero point anywhere
  s8_symmetric,  // signed, zero point 0
};

struct TargetFacts {
  Target target;
  std::string_view name;  // as the user writes it
  std::string_view what;
  Activations activations;
  bool saturates;    // pairs of products are added in 16 bits that saturate
  bool float_bias;   // biases stay in float, the engine quantises them itself
  bool onnxruntime;  // the runtime whose fusion rules decide what is worth quantising
};

std::span<const TargetFacts> targets();
const TargetFacts& facts(Target target);
std::optional<Target> parse_target(std::string_view name);

// What this processor is: vnni or avx2 on x86, arm_dot or arm on ARM.
Target this_machine();

}  // namespace oree::kernels

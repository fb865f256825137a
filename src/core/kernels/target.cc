#include "core/kernels/target.h"

#include <algorithm>
#include <array>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace oree::kernels {

namespace {

constexpr std::array<TargetFacts, 6> kTargets{{
    {Target::avx2, "avx2", "x86-64 without VNNI: VPMADDUBSW, whose sums of two products saturate",
     Activations::u8, true, false, true},
    {Target::vnni, "vnni", "x86-64 with AVX-VNNI, AVX512-VNNI or AMX: exact sums", Activations::u8, false,
     false, true},
    {Target::arm_dot, "arm-dot", "ARMv8.2 and later with SDOT (Raspberry Pi 5, Orin): exact sums",
     Activations::s8, false, false, true},
    {Target::arm, "arm", "ARMv8 without dot product (Raspberry Pi 3 and 4): exact sums", Activations::u8,
     false, false, true},
    {Target::openvino, "openvino", "OpenVINO on an Intel or AMD processor", Activations::u8, true, true,
     false},
    {Target::tensorrt, "tensorrt", "TensorRT: signed, zero point 0", Activations::s8_symmetric, false, true,
     false},
}};

}  // namespace

std::span<const TargetFacts> targets() {
  return kTargets;
}
const TargetFacts& facts(Target target) {
  return *std::ranges::find(kTargets, target, &TargetFacts::target);
}
std::optional<Target> parse_target(std::string_view name) {
  for (const TargetFacts& row : kTargets) {
    if (row.name == name) return row.target;
  }
  return std::nullopt;
}

Target this_machine() {
#if defined(__x86_64__)
  // AVX-VNNI without AVX512 has no name in this compiler's list of features; leaf 7.1, EAX bit 4.
  unsigned a = 7, b = 0, c = 1, d = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  const bool avx_vnni = (a & (1u << 4)) != 0 && __builtin_cpu_supports("avx2");
  return avx_vnni || __builtin_cpu_supports("avx512vnni") ? Target::vnni : Target::avx2;
#elif defined(__aarch64__)
  constexpr unsigned long kDotProduct = 1ul << 20;  // HWCAP_ASIMDDP
  return (getauxval(AT_HWCAP) & kDotProduct) != 0 ? Target::arm_dot : Target::arm;
#else
  return Target::arm;
#endif
}

}  // namespace oree::kernels

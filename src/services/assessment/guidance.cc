#include "services/assessment/guidance.h"

#include <algorithm>
#include <array>

namespace oree::assessment {
namespace {

constexpr std::string_view kIntel = "Intel CPU or GPU", kNvidia = "NVIDIA GPU", kApple = "Apple Silicon",
                           kArm = "ARM with dot products", kOldArm = "ARM without dot products",
                           kTpu = "Edge TPU and microcontrollers", kAny = "any x86";

constexpr std::array kBranches{
    Branch{kNvidia, "language", "ONNX Runtime with CUDA", "weights in 4 bits", "int4", "llama.cpp with CUDA",
           "oree model convert --precision int4", "single rows are bound by the bytes of the weights"},
    Branch{kNvidia, "", "TensorRT", "explicit Q and DQ, symmetric", "int8, symmetric",
           "ONNX Runtime with CUDA, FP16", "oree optimise run --target tensorrt",
           "its integer units want zero points of zero; FP16 is nearly lossless where INT8 is not"},
    Branch{kApple, "", "MLX", "groups of 64 weights share a scale", "int4", "llama.cpp with Metal",
           "oree export --as mlx", "unified memory makes the bytes of the weights the cost"},
    Branch{kTpu, "", "TensorFlow Lite", "whole-integer graph", "int8", "TensorFlow Lite Micro",
           "oree export --as c", "nothing that is left in float runs on it"},
    Branch{kIntel, "language", "OpenVINO", "weights in 4 bits", "int4", "llama.cpp, GGUF",
           "oree export --as gguf-q4", "single rows are bound by the bytes of the weights"},
    Branch{kIntel, "", "OpenVINO", "calibrated INT8", "int8", "ONNX Runtime, U8S8",
           "oree optimise run --target openvino --target vnni",
           "the maker's runtime also keeps in integers what ONNX Runtime leaves in float"},
    Branch{kArm, "language", "llama.cpp, GGUF", "blocks of 32 weights", "q4_0", "ONNX Runtime, MatMulNBits",
           "oree export --as gguf-q4", "dot products of 4-bit blocks without unpacking"},
    Branch{kArm, "", "ONNX Runtime", "calibrated INT8, signed", "int8", "TensorFlow Lite, INT8",
           "oree optimise run --target arm-dot", "signed dot products need no detour"},
    Branch{kOldArm, "", "TensorFlow Lite", "measure INT8 against float first", "int8", "ONNX Runtime, float",
           "oree optimise run --target arm", "integer kernels gain little without dot products"},
    Branch{kAny, "language", "llama.cpp, GGUF", "blocks of 32 weights", "q4_0", "ONNX Runtime, MatMulNBits",
           "oree export --as gguf-q4", "runs everywhere without dependencies"},
    Branch{kAny, "recurrent", "ONNX Runtime", "dynamic INT8 from a hidden size of 128 on", "dynamic int8",
           "float", "oree model convert --precision dynamic-int8",
           "below that INT8 costs more than it saves"},
    Branch{kAny, "", "ONNX Runtime", "calibrated INT8", "int8", "OpenVINO", "oree optimise run",
           "U8 activations and S8 weights for each channel; proven not to saturate where there is no VNNI"}};

constexpr std::array kRequirements{
    Requirement{"several platforms", "excellent", "good", "good", "no", "good"},
    Requirement{"integration into a company", "basic", "excellent", "excellent", "basic", "good"},
    Requirement{"phones", "excellent", "good", "good", "good", "basic"},
    Requirement{"answers in real time", "excellent", "excellent", "excellent", "excellent", "excellent"},
    Requirement{"many kinds of networks", "basic", "excellent", "excellent", "basic", "good"},
    Requirement{"easy to use", "excellent", "excellent", "good", "excellent", "excellent"},
    Requirement{"without Python, offline", "excellent", "no", "basic", "no", "excellent"},
    Requirement{"says when it made a network worse", "no", "no", "basic", "no", "excellent"}};

bool has(std::span<const Accelerator> all, std::string_view word) {
  return std::ranges::any_of(
      all, [&](const Accelerator& one) { return one.name.find(word) != std::string::npos; });
}

std::string_view platform_of(const Processor& processor, std::span<const Accelerator> accelerators) {
  if (has(accelerators, "NVIDIA")) return kNvidia;
  if (has(accelerators, "Edge TPU")) return kTpu;
  if (processor.name.find("Apple") != std::string::npos) return kApple;
  if (processor.architecture == "arm64") return processor.has("dotprod") ? kArm : kOldArm;
  if (processor.name.find("Intel") != std::string::npos || has(accelerators, "Intel")) return kIntel;
  return kAny;
}

}  // namespace

std::string_view kind_text(NetworkKind kind) {
  switch (kind) {
    case NetworkKind::vision:
      return "vision";
    case NetworkKind::language:
      return "language";
    case NetworkKind::recurrent:
      return "recurrent";
    case NetworkKind::other:
      break;
  }
  return "other";
}

NetworkKind kind_of(const NetworkTraits& traits) {
  if (traits.recurrences > 0.3) return NetworkKind::recurrent;
  if (traits.embeddings && traits.products > 0.5) return NetworkKind::language;
  return traits.convolutions > 0.3 ? NetworkKind::vision : NetworkKind::other;
}

std::span<const Branch> branches() {
  return kBranches;
}

const Branch& choose_branch(const Processor& processor, std::span<const Accelerator> accelerators,
                            NetworkKind kind) {
  const std::string_view platform = platform_of(processor, accelerators);
  const auto fits = [&](const Branch& branch) {
    return branch.platform == platform && (branch.network.empty() || branch.network == kind_text(kind));
  };
  const auto found = std::ranges::find_if(kBranches, fits);
  return found == kBranches.end() ? kBranches.back() : *found;
}

std::span<const Requirement> requirements() {
  return kRequirements;
}

}  // namespace oree::assessment

// What this machine has besides its processor: device nodes of GPUs, NPUs and Edge TPUs, and what drives
// them.
//
// A table of facts over /dev and /sys; `root` is "/" but in tests. Nothing is opened. A node says that the
// device is there and has a driver, not that a runtime can use it: that is what its providers say.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oree::assessment {

enum class AcceleratorKind { gpu, npu, tpu };
std::string_view kind_text(AcceleratorKind kind);

struct Accelerator {
  AcceleratorKind kind = AcceleratorKind::gpu;
  std::string name;    // "NVIDIA GPU"
  std::string node;    // "/dev/nvidia0"; of USB devices the folder in /sys
  std::string driver;  // "i915"; "" when the system does not say
  std::string needs;   // the runtime and provider that would use it
};

// In the order of the table, nodes sorted.
std::vector<Accelerator> find_accelerators(const std::filesystem::path& root = "/");

// Of those found, ones that a provider of the runtime ("CUDAExecutionProvider") can use.
bool usable(const Accelerator& accelerator, std::span<const std::string> providers);

}  // namespace oree::assessment

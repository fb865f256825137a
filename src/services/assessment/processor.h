// What the processor of this machine can do with small integers, and the quantisation that follows from it.
#pragma once

#include <string>
#include <vector>

namespace oree::assessment {

struct Processor {
  std::string name;                   // as the system calls it; "" when it does not say
  std::string architecture;           // "x86-64", "arm64", "other"
  std::vector<std::string> features;  // "avx2", "avx512-vnni", "amx-int8", "dotprod", "i8mm"...
  unsigned threads = 1;

  bool has(const std::string& feature) const;
};
Processor this_processor();

// The class of INT8 kernels: "x86-avx2", "x86-vnni", "arm-dotprod", "arm-nodot", "other". A certificate is
// for one of these.
std::string kernel_class(const Processor& processor);

}  // namespace oree::assessment

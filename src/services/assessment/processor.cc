#include "services/assessment/processor.h"

#include <algorithm>
#include <fstream>
#include <thread>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace oree::assessment {
namespace {

#if defined(__x86_64__)
void probe(Processor& to) {
  to.architecture = "x86-64";
  const auto add = [&](bool there, const char* name) {
    if (there) to.features.emplace_back(name);
  };
  __builtin_cpu_init();
  add(__builtin_cpu_supports("avx2"), "avx2");
  add(__builtin_cpu_supports("fma"), "fma");
  add(__builtin_cpu_supports("avx512f"), "avx512");
  add(__builtin_cpu_supports("avx512vnni"), "avx512-vnni");
}
#elif defined(__aarch64__)
void probe(Processor& to) {
  to.architecture = "arm64";
  // Bits of the kernel's interface: HWCAP_ASIMDHP, HWCAP_ASIMDDP, HWCAP2_I8MM.
  const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
  if ((first >> 10 & 1) != 0) to.features.emplace_back("fp16");
  if ((first >> 20 & 1) != 0) to.features.emplace_back("dotprod");
  if ((second >> 13 & 1) != 0) to.features.emplace_back("i8mm");
}
#else
void probe(Processor& to) {
  to.architecture = "other";
}
#endif

// The flags that the compiler's own probe does not know yet, and the name.
void read_system(Processor& to) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      to.name = line.substr(line.find(": ") + 2);
    if (!line.starts_with("flags")) continue;
    line += ' ';
    if (line.find(" avx_vnni ") != std::string::npos) to.features.emplace_back("avx-vnni");
    if (line.find(" amx_int8 ") != std::string::npos) to.features.emplace_back("amx-int8");
  }
}

}  // namespace

bool Processor::has(const std::string& feature) const {
  return std::ranges::find(features, feature) != features.end();
}

Processor this_processor() {
  Processor out;
  probe(out);
  read_system(out);
  out.threads = std::max(1u, std::thread::hardware_concurrency());
  return out;
}

std::string kernel_class(const Processor& processor) {
  if (processor.architecture == "x86-64") {
    const bool vnni = processor.has("avx512-vnni") || processor.has("avx-vnni") || processor.has("amx-int8");
    return vnni ? "x86-vnni" : "x86-avx2";
  }
  if (processor.architecture == "arm64") return processor.has("dotprod") ? "arm-dotprod" : "arm-nodot";
  return "other";
}

}  // namespace oree::assessment

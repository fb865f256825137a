// The decision trees and matrices by which people choose a framework, as tables, and the branch that this
// machine and this network fall into. Where a branch names another maker's tool, `here` says what of it Orée
// does itself and with which command.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/assessment/accelerators.h"
#include "services/assessment/processor.h"

namespace oree::assessment {

enum class NetworkKind { vision, language, recurrent, other };
std::string_view kind_text(NetworkKind kind);

// Shares of all sums, and whether words are looked up in a table.
struct NetworkTraits {
  double convolutions = 0, products = 0, recurrences = 0;
  bool embeddings = false;
};
NetworkKind kind_of(const NetworkTraits& traits);

struct Branch {
  std::string_view platform;  // "Intel CPU or GPU"
  std::string_view network;   // a NetworkKind's text; "" any
  std::string_view framework, technique, quantisation, second, here, why;
};
std::span<const Branch> branches();
// The branch for a machine with this processor and these accelerators.
const Branch& choose_branch(const Processor& processor, std::span<const Accelerator> accelerators,
                            NetworkKind kind);

// How well each family of tools meets a requirement: "excellent", "good", "basic", "no".
struct Requirement {
  std::string_view what, llama_cpp, olive, openvino, mlx, oree;
};
std::span<const Requirement> requirements();

}  // namespace oree::assessment

#include "services/passes/nondeterministic.h"

#include <algorithm>
#include <array>

namespace oree::passes {

bool nondeterministic(const graph::Node& node) {
  constexpr std::array<std::string_view, 7> kRandom{
      "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
      "Multinomial",  "Bernoulli",        "Dropout"};
  if (!node.domain.empty() && node.domain != "com.microsoft" && node.domain != "ai.onnx.ml") return true;
  if (std::ranges::find(kRandom, node.op) != kRandom.end()) return true;
  return std::ranges::any_of(node.attributes,
                             [](const graph::Attribute& one) { return !one.graphs.empty(); });
}

}  // namespace oree::passes

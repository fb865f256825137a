// What becomes of each operator in INT8 on the backends that stations have: a table of facts, and a look at
// one node.
#pragma once

#include <string>
#include <string_view>

#include "core/graph/graph.h"
#include "core/graph/index.h"

namespace oree::assessment {

enum class Fate {
  fused,    // becomes an integer operator
  moved,    // moves or chooses elements; integers pass through when scale and zero point stay
  floating  // stays in float: dequantised before, quantised after
};

struct OperatorFate {
  std::string_view op;
  Fate fate;
  std::string_view becomes;  // in ONNX Runtime on a CPU
};
// Of an operator without a row: floating.
const OperatorFate& fate_of(std::string_view op);
std::string_view fate_text(Fate fate);

struct Quantisability {
  Fate fate = Fate::floating;
  std::string reason;  // for people: what it becomes, or why it stays
};
Quantisability quantisability(const graph::Index& index, const graph::Node& node, int64_t opset);

}  // namespace oree::assessment

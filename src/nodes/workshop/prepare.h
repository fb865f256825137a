// The same network in the form that quantising wants: opset 17 or later, constants folded, batch norms in
// their convolutions, the classifier a matrix product. Its answers stay what they were.
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/inference/model.h"

namespace oree::workshop {

struct Prepared {
  graph::Model model;
  std::vector<std::string> done;  // "batch_norm 17"
};
Result<Prepared> prepare(const graph::Model& model, inference::Backend& backend);

}  // namespace oree::workshop

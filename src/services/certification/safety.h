// What a written network could do to whoever loads it: reach for other files, ask the runtime for operators
// that only its maker has, go in circles. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace oree::certification {

struct Safety {
  std::vector<std::string> external;  // tensors kept in other files than the one that is handed out
  std::vector<std::string> foreign;   // "node 'n': com.example.Teleport", in nested graphs, too
  std::string broken;                 // what the checker found; empty: nothing
  bool holds() const { return external.empty() && foreign.empty() && broken.empty(); }
};

// `written` as it was read back with its external data left outside (graph::LoadOptions::external_data).
Safety inspect(const graph::Model& written);

}  // namespace oree::certification

// Which nodes may not be computed once and reused. Private to this room.
#pragma once

#include "core/graph/graph.h"

namespace oree::passes {

// Draws random numbers, holds nested graphs (whose nodes may), or is of an unknown domain's making.
bool nondeterministic(const graph::Node& node);

}  // namespace oree::passes

// The end that older ONNX exports have: ArrayFeatureExtractor and ZipMap of ai.onnx.ml, which turn scores
// into a sequence of maps from label to score. Nothing here reads maps; the scores before it are what is
// wanted. Private to this room.
#pragma once

#include "core/graph/graph.h"

namespace oree::imports {

// Makes what the ZipMap reads the network's only output and drops what nothing reads then. False when there
// is none.
bool cut_zip_map(graph::Model& model);

}  // namespace oree::imports

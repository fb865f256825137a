// Raises the version of the standard operators that a model asks for, changing each node whose meaning was
// said differently before: attributes that became inputs, defaults that changed, operators that were
// replaced.
//
//   if (auto done = upgrade(model, 17); !done) return done;
//
// One row per operator and version in adapters.h. Reaches nested graphs; functions of the model keep the
// version that they declare themselves. From opset 7 on; whatever has no row between two versions means the
// same in both.
#pragma once

#include "core/graph/graph.h"

namespace oree::graph {

inline constexpr int64_t kOldestOpset = 7;
inline constexpr int64_t kNewestOpset = 28;  // of the schema that tools/setup pins

// Does nothing when the model is there already; never goes down. `unsupported` for a model older than 7 or
// newer than we know, and for a node that no rule can say in the new version; the message names it. The model
// is then unchanged.
Status upgrade(Model& model, int64_t target);

// The oldest IR version whose files may hold operators of this opset; what `upgrade` writes at least.
int64_t ir_version_for(int64_t opset);

// Files of IR 3 and older had to list their initializers among the inputs. Takes them out there, so that they
// count as constants, when the file is that old. Returns how many.
size_t free_initializers(Model& model);

}  // namespace oree::graph

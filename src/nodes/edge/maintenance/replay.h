// Judges again what an order's evidence holds, from its bytes alone: the same window, the same detector, the
// same score.
#pragma once

#include <functional>
#include <string>

#include "core/inference/model.h"
#include "platform/json/value.h"

namespace oree::edge {

struct Replayed {
  std::string machine, detector, model;
  double sealed = 0;  // the score the order was made with
  double score = 0;   // the score now
  double threshold = 0;
  bool same = false;  // to 1e-9 of each other
};

// Bytes under a digest; checked here. `corrupt` names the part that is not what was sealed, `unsupported`
// evidence without a window (a run of refused parts is judged by its pictures).
using FetchPart = std::function<Result<ByteBuffer>(const std::string& digest)>;
Result<Replayed> replay(const std::string& manifest_digest, const FetchPart& fetch,
                        inference::Backend& backend);

}  // namespace oree::edge

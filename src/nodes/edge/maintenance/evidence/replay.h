// Judges again what an order's evidence holds, from its bytes alone: the same window, the same detector, the
// same score; or the same pictures, the same models and rules, the same parts refused.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/inference/model.h"
#include "nodes/edge/maintenance/evidence/replayed_part.h"
#include "platform/json/value.h"

namespace oree::edge {

struct Replayed {
  std::string machine, detector, model;
  double sealed = 0;  // the score the order was made with
  double score = 0;   // the score now
  double threshold = 0;
  bool same = false;  // to 1e-9 of each other
  // Of a run, newest first; then a score is how many were refused, and `same` that each is decided as it was.
  std::vector<ReplayedPart> parts;
};

// Bytes under a digest; checked here. `corrupt` names the part that is not what was sealed, `unsupported`
// evidence with nothing to judge, such as a person's report. `models`: a folder models/<name>/<version>/ for
// those that were too large to be sealed; they must have the digest that the parts name.
using FetchPart = std::function<Result<ByteBuffer>(const std::string& digest)>;
Result<Replayed> replay(const std::string& manifest_digest, const FetchPart& fetch,
                        inference::Backend& backend, const std::filesystem::path& models = {});

}  // namespace oree::edge

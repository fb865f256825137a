// Judges again what an order's evidence holds, from its bytes alone: the same window, the same detector, the
// same score; or the same pictures, the same models and rules, the same parts refused.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/inference/model.h"
#include "platform/json/value.h"

namespace oree::edge {

// One refused part of a run.
struct ReplayedPart {
  std::string item;
  std::string sealed, now;            // decisions: "KO"
  std::string sealed_reason, reason;  // of the step that decided
  bool alike = false;                 // every prediction is the one that was sealed, digit for digit
};

struct Replayed {
  std::string machine, detector, model;
  double sealed = 0;  // the score the order was made with; of a run: the sealed parts that were refused
  double score = 0;   // the score now
  double threshold = 0;
  bool same = false;                // to 1e-9 of each other; of a run: every part is decided as it was
  std::vector<ReplayedPart> parts;  // of a run, newest first
};

// Bytes under a digest; checked here. `corrupt` names the part that is not what was sealed, `unsupported`
// evidence with nothing to judge, such as a person's report. `models`: a folder models/<name>/<version>/ for
// those that were too large to be sealed; they must have the digest that the parts name.
using FetchPart = std::function<Result<ByteBuffer>(const std::string& digest)>;
Result<Replayed> replay(const std::string& manifest_digest, const FetchPart& fetch,
                        inference::Backend& backend, const std::filesystem::path& models = {});

}  // namespace oree::edge

// Runs a network with zeros before it is ready, so that the first caller does not pay for it, and learns how
// long it takes.
#pragma once

#include <optional>

#include "base/clock.h"
#include "core/inference/model.h"
#include "services/serving/scheduler/batching/batch_profile.h"

namespace oree::serving {

struct WarmUp {
  std::optional<std::chrono::nanoseconds> run;  // the quickest; nullopt: its shapes are open, or it failed
};

// One run, and a few more when it is quick. With `largest` > 1 also batches, up to that many rows, for as
// long as they pay and are quick: `profile` learns of them. Some milliseconds beyond the first run at most.
WarmUp warm_up(const inference::Model& model, bool batched, uint64_t largest, const Clock& clock,
               BatchProfile& profile);

}  // namespace oree::serving

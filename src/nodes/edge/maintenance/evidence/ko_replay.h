// A run of refused parts judged again: each sealed picture by the sealed model and the rule that was at work.
#pragma once

#include <filesystem>

#include "nodes/edge/maintenance/evidence/replay.h"
#include "nodes/edge/maintenance/evidence/sealed_parts.h"

namespace oree::edge {

bool is_run(const SealedParts& parts);
// Fills parts, sealed, score and same. `models`: see replay.h.
Result<Replayed> replay_run(const SealedParts& parts, inference::Backend& backend,
                            const std::filesystem::path& models);

}  // namespace oree::edge

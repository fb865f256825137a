// Measurements of `auto` between starts: one JSON file, key → what was chosen and why. A file that cannot be
// read or written costs a new measurement and nothing else.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/inference/choice/backends.h"

namespace oree::inference {

// What a measurement depends on: content, processor, runtimes with versions, threads.
Result<std::string> measurement_key(const ModelSource& source, const std::vector<std::string>& runtimes,
                                    const LoadOptions& options);

std::optional<Choice> recall(const std::filesystem::path& memory, const std::string& key);
void remember(const std::filesystem::path& memory, const std::string& key, const Choice& choice);

}  // namespace oree::inference

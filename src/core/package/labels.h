// Labels and the files a package may name. Private to this room.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oree::package {

// What is wrong with this path of a file inside the package folder, for people; nullopt when nothing is.
std::optional<std::string> path_fault(std::string_view path);

// What is wrong with this label; nullopt when nothing is.
std::optional<std::string> label_fault(std::string_view label);

// One label per line; empty lines only at the end. Neither the file nor what it links to may lie outside the
// folder: its content is shown to users.
Result<std::vector<std::string>> load_labels(const std::filesystem::path& folder, const std::string& file);

}  // namespace oree::package

// Which files of a folder are samples, and one digest for all that a network is judged by.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace oree::workshop {

// JPEG and PNG files anywhere below, sorted.
std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder);

// SHA-256 over the names and contents of all samples, and of labels.csv, labels.npy and annotations.json
// where they are: other labels are other data. A certificate names it, and `oree optimise verify --data` asks
// for it.
Result<std::string> digest_of_samples(const std::filesystem::path& folder);

}  // namespace oree::workshop

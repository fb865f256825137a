// What `oree optimise` and its demo share: the key that signs certificates, and how outcomes are told.
#pragma once

#include <filesystem>
#include <vector>

#include "nodes/workshop/optimise.h"
#include "platform/files/files.h"

namespace oree::app {

// Made, readable for its owner only, when there is none; "" is the user's own in ~/.config/oree.
Result<crypto::SigningKey> open_certificate_key(std::filesystem::path file, files::Disk& disk);

// Prints gates and files, or JSON; the exit code, 0 only when every gate holds.
int report_outcomes(const std::vector<workshop::Outcome>& outcomes, bool as_json);

}  // namespace oree::app

// What `oree optimise` and its demo share: the key that signs certificates, and how outcomes are told.
#pragma once

#include <filesystem>
#include <vector>

#include "app/optimise/optimise.h"
#include "nodes/workshop/optimise.h"
#include "platform/files/files.h"

namespace oree::app {

// In ~/.config/oree, or where XDG_CONFIG_HOME says.
std::filesystem::path usual_certificate_key();
// Made, readable for its owner only, when there is none; "" is the user's own in ~/.config/oree.
Result<crypto::SigningKey> open_certificate_key(std::filesystem::path file, files::Disk& disk);

// Prints gates and files, or JSON; the exit code, 0 only when every gate holds.
int report_outcomes(const std::vector<workshop::Outcome>& outcomes, bool as_json);

// What the words of the command line mean.
Result<workshop::OptimiseOptions> options_of(const OptimiseOptions& given);

// The sub-commands in files of their own; exit codes.
int score_network(const OptimiseOptions& given);
int verify_certificate(const OptimiseOptions& given);

}  // namespace oree::app

// One process that the keeper starts: the module, or its health probe. Private to this folder.
#pragma once

#include "services/modules/process/keeper.h"

namespace oree::modules {

struct ChildOutput {
  int out = -1, error = -1;  // where its output can be read; -1 when it goes nowhere
};

// Runs `command` in a process group of its own, with the order's environment, folder and groups; it dies with
// the caller. An error when the program cannot be run, with the reason of the system.
Result<pid_t> start_child(const KeeperOrder& order, const std::filesystem::path& folder,
                          const std::vector<std::string>& command, ChildOutput* output);

}  // namespace oree::modules

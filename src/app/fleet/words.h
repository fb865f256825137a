// The words of the fleet's sub-commands: hub, rollout, fleet.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace oree::app {

void add_hub(CLI::App& app, std::function<int()>& run);
void add_rollout(CLI::App& app, std::function<int()>& run);
void add_fleet(CLI::App& app, std::function<int()>& run);

}  // namespace oree::app

// oree health: whether a station or a hub answers, for whoever looks after it: a container's health check, a
// monitor.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace oree::app {

void add_health(CLI::App& app, std::function<int()>& run);

}  // namespace oree::app

// Reads the words of `oree model` that are about packages.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace oree::app {

// Adds them to `oree model`; `run` becomes what they ask for.
void add_package_words(CLI::App& model, std::function<int()>& run);

}  // namespace oree::app

// The words of what serves models and what asks it: serve, models, bench.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace oree::app {

void add_serve(CLI::App& app, std::function<int()>& run);
void add_models(CLI::App& app, std::function<int()>& run);
void add_bench(CLI::App& app, std::function<int()>& run);

// What `oree models bench` does: one and eight clients ask a server that runs.
int bench_served(const std::string& model, const std::string& server, bool json);

}  // namespace oree::app

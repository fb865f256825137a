// The words of `oree import`.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>

namespace oree::app {

struct ImportOptions {
  std::filesystem::path archive;
  std::filesystem::path out;  // <name>/<version>
  bool json = false;
};
int run_import_cv(const ImportOptions& options);

void add_import_words(CLI::App& app, std::function<int()>& run);

}  // namespace oree::app

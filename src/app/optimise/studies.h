// What `oree optimise` can be asked besides making a network: assess, bench, search, explain. Each has its
// words on the command line and its function.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace oree::app {

// Adds the sub-commands; the one that is written sets `run`.
void add_optimise_studies(CLI::App& optimise, std::function<int()>& run);

struct AssessOptions {
  std::filesystem::path model, data;
  size_t samples = 16;  // that sensitivity is measured with
  bool measure = true, json = false;
};
int run_assess(const AssessOptions& options);

struct BenchOptions {
  std::filesystem::path model, other, data;
  int threads = 1;
  unsigned clients = 1;
  double seconds = 3, warm_up = 0.5, rate = 0;
  bool json = false;
};
int run_bench(const BenchOptions& options);

}  // namespace oree::app

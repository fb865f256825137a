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

struct SearchOptions {
  std::filesystem::path model, data, out;
  size_t budget = 0, groups = 6, samples = 0, calibration = 100;
  unsigned cores = 0;  // 0: as many as there are
  double seconds = 0.15, min_accuracy = 95;
  std::string prefer = "balance";
  bool page = false, json = false;
  std::optional<uint16_t> port;
};
int run_search(const SearchOptions& options);

struct ExplainOptions {
  std::filesystem::path path;  // "": the table of faults
  std::string message;
  bool json = false;
};
int run_explain(const ExplainOptions& options);

}  // namespace oree::app

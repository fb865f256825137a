// oree optimise: what it is told.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace oree::app {

struct OptimiseOptions {
  std::string verb = "run";     // score, verify; weigh, which `run` asks a process of its own
  std::filesystem::path model;  // package, .onnx, or certificate
  std::filesystem::path data, out, key;
  std::filesystem::path reference;       // score: the float network
  std::filesystem::path network, trust;  // verify: what it is about, and whose word counts
  std::vector<std::string> targets;      // this machine when empty
  std::string method = "best";
  std::string label_column;
  std::optional<int> label_offset;
  size_t calibration = 100;  // most samples to calibrate with
  size_t samples = 0;        // most samples to judge by; 0: all
  std::vector<std::string> keep_float;
  bool no_bias_correction = false, no_equalisation = false;
  double min_accuracy = 95, min_speedup = 2, min_memory = 50;  // percent, times, percent
  double max_variation = 1.25;
  bool json = false;
};
int run_optimise(const OptimiseOptions& options);

}  // namespace oree::app

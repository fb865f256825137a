// The sub-commands: what each is told, and the function that does it. main.cc reads the words; nothing else
// here knows about the command line. Each returns the process's exit code (base/error.cc has the table).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace oree::app {

struct EdgeOptions {
  std::filesystem::path config;
  std::filesystem::path data;
  std::optional<std::string> listen;
  bool verbose = false;
};
int run_edge(const EdgeOptions& options);

struct DemoOptions {
  std::string story = "parts";
  bool once = false;
  bool json = false;
  int count = 100;
  std::optional<uint16_t> port;
  std::filesystem::path examples;  // "" = found beside the program
  std::filesystem::path data;      // "" = a temporary folder
};
int run_demo(const DemoOptions& options);

struct InspectOptions {
  std::filesystem::path config;
  std::vector<std::string> images;
  bool json = false;
};
int run_inspect(const InspectOptions& options);

struct PredictOptions {
  std::filesystem::path model;
  std::filesystem::path image;
  int top = 5;
  bool json = false;
};
int run_predict(const PredictOptions& options);

struct ValidateOptions {
  std::filesystem::path file;
  bool json = false;
};
int run_validate(const ValidateOptions& options);

int run_version(bool json);

}  // namespace oree::app

// oree export: what it is told.
#pragma once

#include <filesystem>
#include <string>

namespace oree::app {

struct ExportOptions {
  std::filesystem::path model, out;
  std::string as;  // "mlx", "gguf-q8", "gguf-q4", "c" or "ort"
  unsigned bits = 4, group = 64;
  bool json = false;
};
int run_export(const ExportOptions& options);

}  // namespace oree::app

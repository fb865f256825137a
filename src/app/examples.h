// What the demos share: where the examples are, and a data folder that goes when the demo ends.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace oree::app {

// The folder of one example, with its station.yaml: below `wanted`, or when that is "" beside the sources the
// program was built from, or where a package installs them.
Result<std::filesystem::path> find_example(const std::filesystem::path& wanted, const std::string& name);

// Deleted when the demo ends, unless the user named a folder of his own.
class DemoData {
 public:
  explicit DemoData(const std::filesystem::path& wanted);
  ~DemoData();
  DemoData(const DemoData&) = delete;
  DemoData& operator=(const DemoData&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool own_;
};

}  // namespace oree::app

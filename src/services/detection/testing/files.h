// Where tests find what they are held against.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace oree::detection::testing {

inline std::filesystem::path robot_example() {
  return std::filesystem::path(OREE_SOURCE_DIR) / "examples/robot";
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The folder of shared recordings, or one that does not exist.
inline std::filesystem::path shared_data() {
  if (const char* forced = std::getenv("OREE_SHARED_DATA")) return forced;
  return std::filesystem::path(OREE_SOURCE_DIR) / "../shared/data";
}

}  // namespace oree::detection::testing

#include "core/inference/testing/plugins.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/inference/plugin/plugin.h"

namespace oree::inference::testing {

std::unique_ptr<Backend> opened_plugin(const std::string& name) {
  Result<std::unique_ptr<Backend>> backend = open_plugin(name);
  if (backend) return std::move(*backend);
  INFO(backend.error().what);
  REQUIRE(backend.error().kind == ErrorKind::unavailable);
  REQUIRE(backend.error().what.find("./run runtimes") != std::string::npos);
  MESSAGE("skipped: " << backend.error().what);
  return nullptr;
}

std::string model_file(const std::string& name) {
  const auto file = std::filesystem::path(OREE_SOURCE_DIR) / "src/core/inference/testing/models" / name;
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_MESSAGE(!bytes.empty(), file.string());
  return bytes;
}

}  // namespace oree::inference::testing

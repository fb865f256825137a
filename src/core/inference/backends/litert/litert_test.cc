#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "core/inference/plugin/plugin.h"
#include "core/inference/testing/conformance.h"
#include "core/inference/testing/plugins.h"

namespace oree::inference {
namespace {

using testing::model_file;
using testing::opened_plugin;

TEST_CASE("LiteRtConforms") {
  const std::unique_ptr<Backend> backend = opened_plugin("litert");
  if (!backend) return;
  testing::check_backend(*backend, {model_file("add.tflite"), model_file("widen.tflite"),
                                    "this is no flatbuffer", "", true, ".tflite"});
}

TEST_CASE("LiteRtSurvivesFilesThatEndEarlyOrPointAnywhere") {
  const std::unique_ptr<Backend> backend = opened_plugin("litert");
  if (!backend) return;
  const std::string whole = model_file("add.tflite");
  for (size_t at = 0; at < whole.size(); at += 3) {
    const auto cut = backend->load_bytes(as_bytes(whole.substr(0, at)), "cut.tflite", {});
    if (!cut) CHECK(cut.error().what.find("cut.tflite") != std::string::npos);
    std::string wild = whole;
    wild[at] = static_cast<char>(0xff);
    const auto changed = backend->load_bytes(as_bytes(wild), "wild.tflite", {});
    if (!changed) CHECK(changed.error().what.find("wild.tflite") != std::string::npos);
  }
}

TEST_CASE("ATensorLargerThanAnyMemoryIsRefusedBeforeLiteRtAllocatesIt") {
  const std::unique_ptr<Backend> backend = opened_plugin("litert");
  if (!backend) return;
  std::string wild = model_file("widen.tflite");
  // Both shapes are [2,2], written behind their length: their first sides become as large as they can be.
  const std::string sides("\2\0\0\0\2\0\0\0\2\0\0\0", 12);
  int changed = 0;
  for (size_t at = wild.find(sides); at != std::string::npos; at = wild.find(sides, at + 1), ++changed)
    wild.replace(at + 4, 4, "\xff\xff\xff\x7f");
  REQUIRE(changed == 2);
  const auto model = backend->load_bytes(as_bytes(wild), "wild.tflite", {});
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().kind == ErrorKind::unsupported);
  CHECK_MESSAGE(model.error().what.find("2147483647") != std::string::npos, model.error().what);
}

TEST_CASE("LiteRtSaysWhatItCannotDo") {
  const std::unique_ptr<Backend> backend = opened_plugin("litert");
  if (!backend) return;
  const std::string add = model_file("add.tflite");
  const auto gpu = backend->load_bytes(as_bytes(add), "a.tflite", {.accelerators = {{"cuda"}}});
  REQUIRE_FALSE(gpu.has_value());
  CHECK(gpu.error().kind == ErrorKind::unavailable);
  CHECK(gpu.error().what.find("cuda") != std::string::npos);
  const auto setting = backend->load_bytes(as_bytes(add), "a.tflite", {.settings = {{"speed", "high"}}});
  REQUIRE_FALSE(setting.has_value());
  CHECK(setting.error().what.find("speed") != std::string::npos);
}

}  // namespace
}  // namespace oree::inference

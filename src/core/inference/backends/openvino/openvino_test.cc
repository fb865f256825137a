#include <doctest/doctest.h>

#include "core/inference/testing/conformance.h"
#include "core/inference/testing/hostile.h"
#include "core/inference/testing/onnx_writer.h"
#include "core/inference/testing/plugins.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::inference {
namespace {

using files::testing::TempFolder;
using tensor::DType;
using testing::model_file;
using testing::OnnxWriter;
using testing::opened_plugin;

TEST_CASE("OpenVinoConformsWithOnnxFiles") {
  const std::unique_ptr<Backend> backend = opened_plugin("openvino");
  if (!backend) return;
  testing::check_backend(*backend, {testing::add_model(), testing::widen_model(), "this is no protobuf", ""});
}

TEST_CASE("OpenVinoConformsWithTfliteFiles") {
  const std::unique_ptr<Backend> backend = opened_plugin("openvino");
  if (!backend) return;
  testing::check_backend(*backend, {model_file("add.tflite"), model_file("widen.tflite"),
                                    "this is no flatbuffer", "", false, ".tflite"});
}

TEST_CASE("FilesThatMeanHarmAreRefusedByOpenVino") {
  const std::unique_ptr<Backend> backend = opened_plugin("openvino");
  if (backend) testing::check_hostile_onnx(*backend);
}

TEST_CASE("OpenVinoReadsItsOwnFormat") {
  const std::unique_ptr<Backend> backend = opened_plugin("openvino");
  if (!backend) return;
  const auto model = backend->load(
      std::filesystem::path(OREE_SOURCE_DIR) / "src/core/inference/testing/models/double.xml", {});
  REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().what));
  const float values[] = {1, 2, 3};
  const int64_t shape[] = {1, 3};
  const tensor::TensorView inputs[] = {{DType::f32, shape, std::as_bytes(std::span(values))}};
  Output outputs[1];
  REQUIRE((*model)->run(inputs, outputs));
  const auto doubled = outputs[0].view().as<float>();
  CHECK(std::vector<float>(doubled.begin(), doubled.end()) == std::vector<float>{2, 4, 6});
}

TEST_CASE("TextAndAcceleratorsAreRefusedByOpenVinoWithAName") {
  const std::unique_ptr<Backend> backend = opened_plugin("openvino");
  if (!backend) return;
  const std::string text = OnnxWriter()
                               .input("words", DType::text, {1})
                               .node("Identity", {"words"}, {"same"})
                               .output("same", DType::text, {1})
                               .bytes();
  const auto words = backend->load_bytes(as_bytes(text), "words.onnx", {});
  REQUIRE_FALSE(words.has_value());
  CHECK(words.error().kind == ErrorKind::unsupported);
  CHECK(words.error().what.find("words.onnx") != std::string::npos);
  const auto gpu =
      backend->load_bytes(as_bytes(testing::add_model()), "a.onnx", {.accelerators = {{"cuda"}}});
  REQUIRE_FALSE(gpu.has_value());
  CHECK(gpu.error().kind == ErrorKind::unavailable);
}

}  // namespace
}  // namespace oree::inference

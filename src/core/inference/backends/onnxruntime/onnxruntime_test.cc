#include "core/inference/backends/onnxruntime/onnxruntime.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "core/inference/testing/conformance.h"
#include "core/inference/testing/hostile.h"
#include "core/inference/testing/onnx_writer.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::inference {
namespace {

using files::testing::TempFolder;
using tensor::DType;
using tensor::Tensor;
using tensor::TensorView;
using testing::OnnxWriter;

// Null, with a message, where the library is not installed.
std::unique_ptr<Backend> opened() {
  Result<std::unique_ptr<Backend>> backend = open_onnxruntime();
  if (backend) return std::move(*backend);
  MESSAGE("skipped: " << backend.error().what);
  return nullptr;
}

std::string text_model() {
  return OnnxWriter()
      .input("words", DType::text, {-1})
      .node("Identity", {"words"}, {"same"})
      .output("same", DType::text, {-1})
      .bytes();
}

TEST_CASE("OnnxRuntimeConforms") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  testing::check_backend(*backend,
                         {testing::add_model(), testing::widen_model(), "this is no protobuf", text_model()});
}

TEST_CASE("WeightsInTheFileAreUsed") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  const TempFolder folder;
  const std::string file = OnnxWriter()
                               .input("x", DType::f32, {-1, 2})
                               .constant("w", {2, 3}, {1, 2, 3, 10, 20, 30})
                               .node("MatMul", {"x", "w"}, {"y"})
                               .output("y", DType::f32, {-1, 3})
                               .bytes();
  const auto model = backend->load(folder.write("matmul.onnx", file), {.threads = 2});
  REQUIRE(model.has_value());
  Tensor x = *Tensor::create(DType::f32, {1, 2});
  x.as<float>()[0] = 1;
  x.as<float>()[1] = 0.5f;
  const TensorView inputs[] = {x.view()};
  Output outputs[1];
  REQUIRE((*model)->run(inputs, outputs));
  const auto y = outputs[0].view().as<float>();
  CHECK(std::vector<float>(y.begin(), y.end()) == std::vector<float>{6, 12, 18});
}

TEST_CASE("HalfPrecisionPassesThroughAsRawBytes") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  const TempFolder folder;
  const std::string file = OnnxWriter()
                               .input("x", DType::f16, {2})
                               .node("Identity", {"x"}, {"y"})
                               .output("y", DType::f16, {2})
                               .bytes();
  const auto model = backend->load(folder.write("half.onnx", file), {});
  REQUIRE(model.has_value());
  Tensor x = *Tensor::create(DType::f16, {2});
  std::memcpy(x.mutable_bytes().data(), "\x00\x3c\x00\xc0", 4);  // 1.0 and -2.0
  const TensorView inputs[] = {x.view()};
  Output outputs[1];
  REQUIRE((*model)->run(inputs, outputs));
  CHECK(outputs[0].dtype == DType::f16);
  CHECK(std::ranges::equal(outputs[0].data, x.bytes()));
}

TEST_CASE("AnEmptyBatchIsAnEmptyAnswer") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  const TempFolder folder;
  const auto model = backend->load(folder.write("add.onnx", testing::add_model()), {});
  REQUIRE(model.has_value());
  const int64_t shape[] = {0, 3};
  const TensorView nothing{DType::f32, shape, {}};
  const TensorView inputs[] = {nothing, nothing};
  Output outputs[1];
  REQUIRE((*model)->run(inputs, outputs));
  CHECK(outputs[0].shape == tensor::Shape{0, 3});
  CHECK(outputs[0].data.empty());
}

TEST_CASE("AnAcceleratorThatTheLibraryLacksIsUnavailableWithTheWayOut") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  const auto gpu =
      backend->load_bytes(as_bytes(testing::add_model()), "add.onnx", {.accelerators = {{"quantum"}}});
  REQUIRE_FALSE(gpu.has_value());
  CHECK(gpu.error().kind == ErrorKind::unavailable);
  for (const char* word : {"add.onnx", "'quantum'", "CPUExecutionProvider", "OREE_ONNXRUNTIME"})
    CHECK_MESSAGE(gpu.error().what.find(word) != std::string::npos, gpu.error().what);
}

TEST_CASE("AModelRunsOnCudaWhereThereIsOne") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  const std::vector<std::string> providers = onnxruntime_providers(*backend);
  if (std::ranges::find(providers, "CUDAExecutionProvider") == providers.end()) {
    MESSAGE("skipped: this ONNX Runtime was built without CUDA");
    return;
  }
  const auto model = backend->load_bytes(as_bytes(testing::add_model()), "add.onnx",
                                         {.accelerators = {{"cuda", {{"device_id", "0"}}}}});
  if (!model) {
    CHECK(model.error().kind == ErrorKind::unavailable);
    MESSAGE("skipped: " << model.error().what);
    return;
  }
  Tensor a = *Tensor::create(DType::f32, {1, 3});
  std::ranges::fill(a.as<float>(), 2.0f);
  const TensorView inputs[] = {a.view(), a.view()};
  Output outputs[1];
  REQUIRE((*model)->run(inputs, outputs));
  CHECK(outputs[0].view().as<float>()[2] == 4.0f);
}

TEST_CASE("AModelForCrowdsGivesTheSameAnswersInCompany") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  const auto model =
      backend->load_bytes(as_bytes(testing::add_model()), "add.onnx", {.threads = 2, .crowds = true});
  REQUIRE(model.has_value());
  Tensor a = *Tensor::create(DType::f32, {1, 3});
  std::ranges::fill(a.as<float>(), 1.5f);
  const TensorView inputs[] = {a.view(), a.view()};
  for (const Company company : {Company::together, Company::alone}) {
    Output outputs[1];
    REQUIRE((*model)->run_in(company, inputs, outputs));
    CHECK(outputs[0].view().as<float>()[0] == 3.0f);
  }
}

TEST_CASE("ASettingThatTheRuntimeKnowsIsTakenAndOneThatMakesNoSenseIsRefused") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  CHECK(backend->load_bytes(as_bytes(testing::add_model()), "a",
                            {.settings = {{"session.set_denormal_as_zero", "1"}}}));
  const auto refused = backend->load_bytes(as_bytes(testing::add_model()), "a", {.settings = {{"", "1"}}});
  REQUIRE_FALSE(refused.has_value());
}

TEST_CASE("FilesThatMeanHarmAreRefusedByOnnxRuntime") {
  const std::unique_ptr<Backend> backend = opened();
  if (backend) testing::check_hostile_onnx(*backend);
}

TEST_CASE("DamagedModelsAreRefusedNotRun") {
  const std::unique_ptr<Backend> backend = opened();
  if (!backend) return;
  const TempFolder folder;
  const std::string whole = testing::add_model();
  for (size_t length = 1; length < whole.size(); length += 3) {
    const auto model = backend->load(folder.write("cut.onnx", whole.substr(0, length)), {});
    if (model) continue;  // a cut at a field border can be a smaller, valid file
    CHECK(model.error().what.find("cut.onnx") != std::string::npos);
  }
  const std::string unknown_op = OnnxWriter()
                                     .input("x", DType::f32, {1})
                                     .node("Frobnicate", {"x"}, {"y"})
                                     .output("y", DType::f32, {1})
                                     .bytes();
  const auto model = backend->load(folder.write("op.onnx", unknown_op), {});
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().what.find("Frobnicate") != std::string::npos);
}

TEST_CASE("AMissingLibraryIsUnavailableAndTheMessageSaysWhereItWasLookedFor") {
  const auto backend = open_onnxruntime(onnxruntime_candidates("/nowhere/libonnxruntime.so.1", ""));
  REQUIRE_FALSE(backend.has_value());
  CHECK(backend.error().kind == ErrorKind::unavailable);
  CHECK(backend.error().what.find("/nowhere/libonnxruntime.so.1") != std::string::npos);
  CHECK(backend.error().what.find("OREE_ONNXRUNTIME") != std::string::npos);
}

TEST_CASE("AForcedLibraryLeavesNoOtherChoice") {
  CHECK(onnxruntime_candidates("/opt/ort.so", "/usr/bin") ==
        std::vector<std::filesystem::path>{"/opt/ort.so"});
  const TempFolder folder;
  for (const auto& candidate : onnxruntime_candidates(folder.path(), "/usr/bin")) {
    CHECK(candidate.parent_path() == folder.path());
  }
  const auto usual = onnxruntime_candidates("", "/opt/oree/bin");
  CHECK(usual.front() == "/opt/oree/bin/../lib/oree/libonnxruntime.so.1");
  CHECK(usual.back() == "libonnxruntime.so");
}

TEST_CASE("ALibraryThatIsNoOnnxRuntimeIsNamed") {
  const auto backend = open_onnxruntime({"libm.so.6"});
  REQUIRE_FALSE(backend.has_value());
  CHECK(backend.error().kind == ErrorKind::unsupported);
}

}  // namespace
}  // namespace oree::inference

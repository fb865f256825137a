#include "core/inference/testing/hostile.h"

#include <doctest/doctest.h>

#include <array>

#include "core/inference/testing/onnx_writer.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::inference::testing {

namespace {

namespace fs = std::filesystem;
using files::testing::TempFolder;
using tensor::DType;

constexpr int64_t kBeyondAnyMemory = int64_t{1} << 45;  // elements

std::string adds(const std::string& location, int64_t elements = 4) {
  return OnnxWriter()
      .input("x", DType::f32, {4})
      .external("w", {elements}, location, 16)
      .node("Add", {"x", "w"}, {"y"})
      .output("y", DType::f32, {elements})
      .bytes();
}

// `shape` elements of zero, summed up; a constant, so that a runtime may try to compute it at load.
std::string large_constant() {
  return OnnxWriter()
      .input("x", DType::f32, {4})
      .constant("shape", std::vector<int64_t>{kBeyondAnyMemory})
      .node("ConstantOfShape", {"shape"}, {"zeros"})
      .node("ReduceSum", {"zeros"}, {"sum"}, {{"keepdims", {0}}})
      .node("Add", {"x", "sum"}, {"y"})
      .output("y", DType::f32, {4})
      .bytes();
}

std::string as_large_as_its_input_says() {
  return OnnxWriter()
      .input("shape", DType::i64, {1})
      .node("ConstantOfShape", {"shape"}, {"y"})
      .output("y", DType::f32, {-1})
      .bytes();
}

void refuses(Backend& backend, const fs::path& file) {
  const auto model = backend.load(file, {});
  INFO(file.string());
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().what.find(file.filename().string()) != std::string::npos);
}

}  // namespace

void check_hostile_onnx(Backend& backend) {
  const TempFolder outside;
  const fs::path secret = outside.write("secret.bin", "0123456789abcdef");
  const fs::path folder = outside.path() / "model";
  fs::create_directories(folder);
  fs::create_symlink(secret, folder / "link.bin");
  const std::array<float, 4> x{};
  const int64_t four[] = {4};
  const tensor::TensorView floats[] = {{DType::f32, four, std::as_bytes(std::span(x))}};

  // Weights inside the folder are read: the others are refused for where they lie, and for nothing else.
  outside.write("model/near.bin", "0123456789abcdef");
  const auto near = backend.load(outside.write("model/near.onnx", adds("near.bin")), {});
  CHECK_MESSAGE(near.has_value(), (near ? "" : near.error().what));
  refuses(backend, outside.write("model/up.onnx", adds("../secret.bin")));
  refuses(backend, outside.write("model/absolute.onnx", adds(secret.string())));
  refuses(backend, outside.write("model/link.onnx", adds("link.bin")));
  refuses(backend, outside.write("model/absent.onnx", adds("absent.bin")));
  refuses(backend, outside.write("model/device.onnx", adds("../../../../../../dev/zero")));
  refuses(backend, outside.write("model/short.onnx", adds("near.bin", kBeyondAnyMemory)));
  // From memory there is no folder.
  const std::string kept_elsewhere = adds(secret.string());
  CHECK_FALSE(backend.load_bytes(as_bytes(kept_elsewhere), "bytes.onnx", {}));

  // Whoever sees that a sum of zeros is zero may say so; nobody may try to hold them.
  if (const auto sums = backend.load(outside.write("model/constant.onnx", large_constant()), {})) {
    Output outputs[1];
    if ((*sums)->run(floats, outputs)) CHECK(outputs[0].view().as<float>()[0] == 0);
  }
  const int64_t elements[] = {kBeyondAnyMemory}, one[] = {1};
  const tensor::TensorView shape[] = {{DType::i64, one, std::as_bytes(std::span(elements))}};
  const auto asks = backend.load(outside.write("model/asks.onnx", as_large_as_its_input_says()), {});
  REQUIRE_MESSAGE(asks.has_value(), (asks ? "" : asks.error().what));
  Output outputs[1];
  // OpenVINO gives an empty tensor where it has no memory; what is given must be there.
  if ((*asks)->run(shape, outputs)) CHECK(outputs[0].data.empty());
}

}  // namespace oree::inference::testing

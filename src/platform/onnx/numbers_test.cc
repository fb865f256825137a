#include "platform/onnx/numbers.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace oree::onnx {
namespace {

std::vector<float> through(DataType type, std::vector<double> values) {
  auto tensor = tensor_as("t", type, {static_cast<int64_t>(values.size())}, values);
  REQUIRE(tensor);
  auto back = floats_of(*tensor);
  REQUIRE(back);
  return *back;
}

TEST_CASE("Half precision rounds to the nearest, ties to even") {
  CHECK(float_to_half(1.0f) == 0x3c00);
  CHECK(float_to_half(-2.0f) == 0xc000);
  CHECK(float_to_half(65504.0f) == 0x7bff);
  CHECK(float_to_half(65520.0f) == 0x7c00);
  CHECK(float_to_half(1.0f + 1.0f / 2048) == 0x3c00);
  CHECK(float_to_half(1.0f + 3.0f / 2048) == 0x3c02);
  CHECK(float_to_half(5.9604645e-8f) == 0x0001);
  CHECK(float_to_half(2.0e-8f) == 0x0000);
  CHECK(std::isnan(half_to_float(float_to_half(std::nanf("")))));
  for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
    CHECK_MESSAGE(float_to_half(half_to_float(static_cast<uint16_t>(bits))) == bits, bits);
  }
}

TEST_CASE("bfloat16 is the upper half of a float, rounded") {
  CHECK(float_to_bfloat(1.0f) == 0x3f80);
  CHECK(bfloat_to_float(0x4049) == 3.140625f);
  CHECK(float_to_bfloat(3.1415927f) == 0x4049);
}

TEST_CASE("Eight-bit floats keep what their papers list") {
  CHECK(through(DataType::f8e4m3fn, {448, 1000, -0.001953125, 1.0625}) ==
        std::vector<float>{448, 448, -0.001953125f, 1});
  CHECK(through(DataType::f8e5m2, {57344, 1e9, 0.25}) == std::vector<float>{57344, 57344, 0.25f});
  CHECK(through(DataType::f8e4m3fnuz, {240, 500, -0.0}) == std::vector<float>{240, 240, 0});
  CHECK(through(DataType::f4e2m1, {0.5, 6, 7, -3, 2.4}) == std::vector<float>{0.5f, 6, 6, -3, 2});
  CHECK(through(DataType::f6e2m3, {7.5, 0.125, -1}) == std::vector<float>{7.5f, 0.125f, -1});
  CHECK(through(DataType::f8e8m0, {1, 4, 0.5}) == std::vector<float>{1, 4, 0.5f});
}

TEST_CASE("Integers of fewer than eight bits are packed with the first element lowest") {
  auto tensor = tensor_as("t", DataType::i4, {3}, std::vector<double>{-8, 7, -1});
  REQUIRE(tensor);
  REQUIRE(tensor->data.size() == 2);
  CHECK(tensor->as<uint8_t>()[0] == 0x78);
  CHECK(tensor->as<uint8_t>()[1] == 0x0f);
  CHECK(*ints_of(*tensor) == std::vector<int64_t>{-8, 7, -1});
  CHECK(through(DataType::u4, {0, 15, 99, -1}) == std::vector<float>{0, 15, 15, 0});
  CHECK(through(DataType::i2, {-2, 1, 5, 0, -1}) == std::vector<float>{-2, 1, 1, 0, -1});
}

TEST_CASE("Wide integers clip and round") {
  CHECK(through(DataType::i8, {127.4, 128, -129, 2.5}) == std::vector<float>{127, 127, -128, 2});
  CHECK(through(DataType::u8, {-3, 255.5, std::nan("")}) == std::vector<float>{0, 255, 0});
  const std::vector<int64_t> large{std::numeric_limits<int64_t>::max()};
  CHECK(*ints_of(tensor_of("t", {1}, large)) == large);
}

TEST_CASE("What holds no numbers says so") {
  Tensor text{.name = "names", .type = DataType::text, .dims = {1}};
  CHECK(floats_of(text).error().what == "tensor 'names' of type STRING holds no plain numbers");
  Tensor outside{.name = "w", .type = DataType::f32, .dims = {1}};
  outside.external.location = "w.bin";
  CHECK(floats_of(outside).error().what.find("external") != std::string::npos);
  CHECK(!ints_of(scalar("s", 1.5f)));
}

}  // namespace
}  // namespace oree::onnx

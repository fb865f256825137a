#include "platform/tensor/tensor.h"

#include <doctest/doctest.h>

#include <cstdint>

using namespace oree;
using namespace oree::tensor;

TEST_CASE("EveryDatatypeIsFoundAgainByItsName") {
  for (int i = 0; i <= static_cast<int>(DType::text); ++i) {
    const auto dtype = static_cast<DType>(i);
    CHECK(facts(dtype).dtype == dtype);
    CHECK(parse_dtype(facts(dtype).name) == dtype);
  }
  CHECK(facts(DType::f32).name == "FP32");
  CHECK(facts(DType::i64).bytes == 8);
  CHECK(facts(DType::text).name == "BYTES");
  CHECK_FALSE(parse_dtype("fp32"));
  CHECK_FALSE(parse_dtype(""));
}

TEST_CASE("CountsTheElementsOfAShape") {
  CHECK(element_count(Shape{1, 3, 224, 224}) == size_t{150528});
  CHECK(element_count(Shape{}) == size_t{1});
  CHECK(element_count(Shape{5, 0, 3}) == size_t{0});
  CHECK(element_count(Shape{int64_t{1} << 40}) == size_t{1} << 40);
}

TEST_CASE("RefusesShapesThatAreNegativeOrTooLarge") {
  const auto negative = element_count(Shape{1, -1});
  REQUIRE_FALSE(negative);
  CHECK(negative.error().kind == ErrorKind::invalid);
  CHECK(negative.error().what.find("[1,-1]") != std::string::npos);
  CHECK_FALSE(element_count(Shape{0, -1}));
  CHECK_FALSE(element_count(Shape{int64_t{1} << 40, 2}));
  CHECK_FALSE(element_count(Shape{INT64_MAX, INT64_MAX, INT64_MAX}));  // the product must not wrap
}

TEST_CASE("AShapeFitsASpecWithVariableDimensions") {
  CHECK(fits(Shape{4, 3, 224, 224}, Shape{-1, 3, 224, 224}));
  CHECK(fits(Shape{}, Shape{}));
  CHECK_FALSE(fits(Shape{4, 3, 224}, Shape{-1, 3, 224, 224}));
  CHECK_FALSE(fits(Shape{4, 1, 224, 224}, Shape{-1, 3, 224, 224}));
  CHECK_FALSE(fits(Shape{-1, 3}, Shape{-1, 3}));  // not concrete
}

TEST_CASE("ATensorOwnsAlignedBytesOfTheRightSize") {
  auto tensor = Tensor::create(DType::f32, {2, 3});
  REQUIRE(tensor);
  CHECK(tensor->bytes().size() == 24);
  CHECK(reinterpret_cast<uintptr_t>(tensor->bytes().data()) % 64 == 0);
  for (size_t i = 0; i < 6; ++i) tensor->as<float>()[i] = static_cast<float>(i);
  const TensorView view = tensor->view();
  CHECK(view.dtype == DType::f32);
  CHECK(shape_text(view.shape) == "[2,3]");
  REQUIRE(view.as<float>().size() == 6);
  CHECK(view.as<float>()[5] == 5.0f);
}

TEST_CASE("AnEmptyTensorHasNoBytesButAPointer") {
  const auto tensor = Tensor::create(DType::u8, {0, 4});
  REQUIRE(tensor);
  CHECK(tensor->bytes().empty());
  CHECK(tensor->bytes().data() != nullptr);
}

TEST_CASE("ATensorThatCannotBeAllocatedSaysWhy") {
  const auto large = Tensor::create(DType::f64, {1 << 14, 1 << 14});
  REQUIRE_FALSE(large);
  CHECK(large.error().kind == ErrorKind::invalid);
  CHECK(large.error().what.find("FP64[16384,16384]") != std::string::npos);
  CHECK_FALSE(Tensor::create(DType::text, {1}));
  CHECK_FALSE(Tensor::create(DType::f32, {-1, 3}));
}

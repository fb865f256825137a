#include "services/serving/outputs/boxes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "services/serving/testing/outputs.h"

namespace oree::serving {
namespace {

using inference::Box;
using testing::Numbers;

Result<inference::Prediction> decode(Decoder decoder, const package::Manifest& manifest,
                                     const std::vector<Numbers>& numbers) {
  std::vector<tensor::TensorView> views;
  for (const Numbers& each : numbers) views.push_back(each.view());
  return decoder(testing::context_for(manifest), views);
}

void check_box(const Box& box, float left, float top, float right, float bottom) {
  CHECK(box.left == doctest::Approx(left));
  CHECK(box.top == doctest::Approx(top));
  CHECK(box.right == doctest::Approx(right));
  CHECK(box.bottom == doctest::Approx(bottom));
}

TEST_CASE("OverlapIsSharedAreaOverCommonArea") {
  CHECK(intersection_over_union({0, 0, 2, 2}, {1, 1, 3, 3}) == doctest::Approx(1.0 / 7.0));
  CHECK(intersection_over_union({0, 0, 2, 2}, {0, 0, 2, 2}) == 1.0f);
  CHECK(intersection_over_union({0, 0, 1, 1}, {1, 0, 2, 1}) == 0.0f);  // they only touch
  CHECK(intersection_over_union({0, 0, 0, 0}, {0, 0, 0, 0}) == 0.0f);
}

TEST_CASE("SuppressionKeepsTheBestOfEachLabel") {
  const auto kept = suppress({{{0, 0, 10, 10}, 0.6f, 0},
                              {{1, 0, 11, 10}, 0.9f, 0},    // overlaps the first by 9/11
                              {{0, 0, 10, 10}, 0.5f, 1},    // another label
                              {{20, 0, 30, 10}, 0.7f, 0}},  // elsewhere
                             0.5f);
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].score == 0.9f);
  CHECK(kept[1].score == 0.7f);
  CHECK(kept[2].label == 1);
}

TEST_CASE("AModelGoneWildIsBounded") {
  std::vector<Candidate> many;
  for (int i = 0; i < 100'000; ++i) {
    const auto x = static_cast<float>(i * 20);
    many.push_back({{x, 0, x + 10, 10}, 0.9f, 0});
  }
  CHECK(suppress(std::move(many), 0.5f).size() == kMaxObjects);
}

TEST_CASE("YoloV5MultipliesObjectnessAndClass") {
  const package::Manifest manifest = testing::manifest_with({"cat", "dog"});
  const auto prediction =
      decode(decode_yolov5, manifest, {{{1, 3, 7}, {10, 20, 4, 8, 0.9f, 0.1f, 0.8f,      // dog, 0.72
                                                    30, 30, 4, 4, 0.4f, 1,    1,         // not an object
                                                    40, 40, 4, 4, 0.6f, 0.5f, 0.6f}}});  // 0.36
  REQUIRE(prediction.has_value());
  CHECK(prediction->kind == inference::PredictionKind::objects);
  REQUIRE(prediction->objects.size() == 1);
  CHECK(prediction->objects[0].label == "dog");
  CHECK(prediction->objects[0].label_index == 1);
  CHECK(prediction->objects[0].score == doctest::Approx(0.72));
  check_box(prediction->objects[0].box, 16, 32, 24, 48);  // (8,16)-(12,24) in the tensor, twice that outside
}

TEST_CASE("YoloV8ReadsColumns") {
  const package::Manifest manifest = testing::manifest_with({"cat", "dog"});
  const auto prediction = decode(decode_yolov8, manifest,
                                 {{{1, 6, 2},
                                   {10, 50,          // x
                                    20, 50,          // y
                                    4, 8,            // width
                                    8, 8,            // height
                                    0.1f, 0.75f,     // cat
                                    0.3f, 0.2f}}});  // dog
  REQUIRE(prediction.has_value());
  REQUIRE(prediction->objects.size() == 1);
  CHECK(prediction->objects[0].label == "cat");
  check_box(prediction->objects[0].box, 92, 92, 108, 108);
}

TEST_CASE("YoloXAddsTheCellAndScalesByItsStride") {
  const package::Manifest manifest = testing::manifest_with({"cat"}, 32, 32);
  constexpr size_t kCells = 16 + 4 + 1;
  Numbers output{{1, kCells, 6}, std::vector<float>(kCells * 6, 0)};
  const auto set = [&](size_t cell, std::vector<float> row) {
    std::ranges::copy(row, output.values.begin() + static_cast<ptrdiff_t>(cell * 6));
  };
  set(6, {0.5f, 0.5f, 0, std::log(2.0f), 1, 0.9f});  // stride 8, column 2, row 1: centre (20,12), 8 x 16
  set(16 + 3, {0, 0, 0, 0, 1, 0.8f});                // stride 16, column 1, row 1: centre (16,16), 16 x 16
  const auto prediction = decode(decode_yolox, manifest, {output});
  REQUIRE(prediction.has_value());
  REQUIRE(prediction->objects.size() == 2);
  check_box(prediction->objects[0].box, 32, 8, 48, 40);
  check_box(prediction->objects[1].box, 16, 16, 48, 48);
}

TEST_CASE("YoloXWithAnotherNumberOfCellsIsRefused") {
  const package::Manifest manifest = testing::manifest_with({"cat"}, 32, 32);
  const auto prediction = decode(decode_yolox, manifest, {{{1, 2, 6}, std::vector<float>(12, 0)}});
  REQUIRE_FALSE(prediction.has_value());
  CHECK(prediction.error().what.find("makes 21") != std::string::npos);
}

TEST_CASE("ABoxLargerThanEverythingIsClippedToThePicture") {
  const package::Manifest manifest = testing::manifest_with({"cat"}, 32, 32);
  Numbers output{{1, 21, 6}, std::vector<float>(21 * 6, 0)};
  std::ranges::copy(std::vector<float>{0, 0, 80, 80, 1, 1}, output.values.begin());      // e^80 pixels wide
  std::ranges::copy(std::vector<float>{0, 0, 500, 0, 1, 1}, output.values.begin() + 6);  // infinitely wide
  const auto prediction = decode(decode_yolox, manifest, {output});
  REQUIRE(prediction.has_value());
  REQUIRE(prediction->objects.size() == 1);
  check_box(prediction->objects[0].box, 0, 0, 64, 64);
}

TEST_CASE("YoloV2TakesCellsAnchorsAndASoftmaxOverTheClasses") {
  package::Manifest manifest = testing::manifest_with({"cat", "dog"}, 64, 32);
  manifest.anchors = {{1, 1}, {2, 0.5f}};
  // Two columns and one row of cells of 32 pixels, two anchors, 7 values each.
  constexpr size_t kValues = 7;
  std::vector<float> cells(2 * 2 * kValues, -9);
  const auto set = [&](size_t cell, size_t anchor, std::vector<float> values) {
    std::ranges::copy(values, cells.begin() + static_cast<ptrdiff_t>((cell * 2 + anchor) * kValues));
  };
  set(1, 1, {0, 0, 0, std::log(2.0f), 4, 1, 3});  // column 1: centre (48,16), 64 x 32 of its anchor
  Numbers nhwc{{1, 1, 2, 2 * kValues}, cells};
  manifest.input.layout = image::Layout::nhwc;
  const auto by_rows = decode(decode_yolov2, manifest, {nhwc});
  REQUIRE(by_rows.has_value());
  REQUIRE(by_rows->objects.size() == 1);
  CHECK(by_rows->objects[0].label == "dog");
  const float logistic4 = 1 / (1 + std::exp(-4.0f)), best = 1 / (1 + std::exp(-2.0f));
  CHECK(by_rows->objects[0].score == doctest::Approx(logistic4 * best));
  check_box(by_rows->objects[0].box, 32, 0, 128, 64);  // (16,0)-(80,32), twice that, clipped to 128 x 64

  Numbers nchw{{1, 2 * kValues, 1, 2}, std::vector<float>(cells.size())};
  for (size_t cell = 0; cell < 2; ++cell) {
    for (size_t i = 0; i < 2 * kValues; ++i) nchw.values[i * 2 + cell] = cells[cell * 2 * kValues + i];
  }
  manifest.input.layout = image::Layout::nchw;
  const auto by_channels = decode(decode_yolov2, manifest, {nchw});
  REQUIRE(by_channels.has_value());
  REQUIRE(by_channels->objects.size() == 1);
  CHECK(by_channels->objects[0].score == by_rows->objects[0].score);

  manifest.labels = {"cat"};
  const auto other = decode(decode_yolov2, manifest, {nchw});
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().what.find("make 12") != std::string::npos);
}

TEST_CASE("CornersAreFractionsOfTheInputAndClassesMayBeWhole") {
  const package::Manifest manifest = testing::manifest_with({"cat", "dog"});
  const Numbers boxes{{2, 4}, {0.5f, 0.25f, 1, 0.5f, 0, 0, 1, 1}}, scores{{2}, {0.9f, 0.1f}};
  const std::vector<int64_t> classes{1, 0};
  const tensor::Shape two{2};
  const std::vector<tensor::TensorView> views{
      boxes.view(), {tensor::DType::i64, two, std::as_bytes(std::span(classes))}, scores.view()};
  const auto prediction = decode_corners(testing::context_for(manifest), views);
  REQUIRE(prediction.has_value());
  REQUIRE(prediction->objects.size() == 1);
  CHECK(prediction->objects[0].label == "dog");
  check_box(prediction->objects[0].box, 64, 32, 128, 64);

  const std::vector<int64_t> wild{-3, 0};
  const std::vector<tensor::TensorView> bad{
      boxes.view(), {tensor::DType::i64, two, std::as_bytes(std::span(wild))}, scores.view()};
  CHECK_FALSE(decode_corners(testing::context_for(manifest), bad));
}

TEST_CASE("SsdScalesFractionsOfTheInput") {
  const package::Manifest manifest = testing::manifest_with({"cat", "dog"});
  const auto prediction = decode(decode_ssd, manifest,
                                 {{{1, 3, 4}, {0.25f, 0.5f, 0.5f, 1, 0, 0, 1, 1, 0, 0, 1, 1}},
                                  {{1, 3}, {1, 0, 0}},
                                  {{1, 3}, {0.9f, 0.1f, 0.99f}},
                                  {{1}, {2}}});  // the third is not counted
  REQUIRE(prediction.has_value());
  REQUIRE(prediction->objects.size() == 1);
  CHECK(prediction->objects[0].label == "dog");
  check_box(prediction->objects[0].box, 64, 32, 128, 64);
}

TEST_CASE("SsdClaimsAreNotBelieved") {
  const package::Manifest manifest = testing::manifest_with({"cat"});
  const Numbers box{{1, 1, 4}, {0, 0, 1, 1}}, score{{1, 1}, {0.9f}};
  const auto many = decode(decode_ssd, manifest, {box, {{1, 1}, {7}}, score, {{1}, {1e9f}}});
  REQUIRE(many.has_value());
  REQUIRE(many->objects.size() == 1);
  CHECK(many->objects[0].label == "7");  // no such label
  CHECK_FALSE(decode(decode_ssd, manifest, {box, {{1, 1}, {-1}}, score, {{1}, {1}}}).has_value());
  CHECK_FALSE(decode(decode_ssd, manifest, {box, {{1, 2}, {0, 0}}, score, {{1}, {1}}}).has_value());
  CHECK_FALSE(decode(decode_ssd, manifest, {box}).has_value());
}

TEST_CASE("NaNIsRefusedByEveryDetector") {
  const package::Manifest manifest = testing::manifest_with({"cat"}, 32, 32);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(decode(decode_yolov5, manifest, {{{1, 1, 6}, {nan, 0, 1, 1, 1, 1}}}).has_value());
  CHECK_FALSE(decode(decode_yolov8, manifest, {{{1, 5, 1}, {0, nan, 1, 1, 1}}}).has_value());
  Numbers output{{1, 21, 6}, std::vector<float>(21 * 6, 0)};
  output.values[3] = nan;
  CHECK_FALSE(decode(decode_yolox, manifest, {output}).has_value());
}

TEST_CASE("TheNumberOfLabelsMustFitTheRows") {
  const package::Manifest manifest = testing::manifest_with({"cat", "dog"});
  CHECK_FALSE(decode(decode_yolov5, manifest, {{{1, 1, 6}, {0, 0, 1, 1, 1, 1}}}).has_value());
  CHECK_FALSE(decode(decode_yolov8, manifest, {{{1, 5, 1}, {0, 0, 1, 1, 1}}}).has_value());
  CHECK_FALSE(decode(decode_yolov5, manifest, {{{7}, {0, 0, 1, 1, 1, 1, 1}}}).has_value());
  CHECK_FALSE(decode(decode_yolov5, testing::manifest_with({}), {{{1, 1, 5}, {0, 0, 1, 1, 1}}}).has_value());
}

TEST_CASE("WhatLiesOutsideThePictureIsLeftOut") {
  const package::Manifest manifest = testing::manifest_with({"cat"});
  const auto prediction =
      decode(decode_yolov5, manifest, {{{1, 2, 6}, {-20, 10, 4, 4, 1, 1, 0, 0, 10, 10, 1, 0.9f}}});
  REQUIRE(prediction.has_value());
  REQUIRE(prediction->objects.size() == 1);
  check_box(prediction->objects[0].box, 0, 0, 10, 10);
}

}  // namespace
}  // namespace oree::serving

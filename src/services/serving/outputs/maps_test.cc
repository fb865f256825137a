#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "services/serving/testing/outputs.h"

namespace oree::serving {
namespace {

using testing::Numbers;
using Cells = std::vector<int8_t>;

Result<inference::Prediction> decode(Decoder decoder, const DecodeContext& context, const Numbers& numbers) {
  const tensor::TensorView outputs[] = {numbers.view()};
  return decoder(context, std::span(outputs));
}

TEST_CASE("SoftmaxMapsTakeTheBestLabelOfEachCell") {
  const package::Manifest manifest = testing::manifest_with({"good", "scratch"});
  // Cells: scratch for sure; 50:50 and exactly on the threshold; good for sure; scratch.
  const auto prediction =
      decode(decode_softmax_map, testing::context_for(manifest), {{1, 2, 2, 2}, {0, 1, 9, 0, 9, 1, 0, 9}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->kind == inference::PredictionKind::mask);
  CHECK(prediction->mask.width == 2);
  CHECK(prediction->mask.cells == Cells{1, 0, 0, 1});
  CHECK(prediction->mask.area_ratios == std::vector<float>{0.5f, 0.5f});
  CHECK(prediction->mask.box.right == 128);
}

TEST_CASE("AMapBelowTheThresholdSaysNothing") {
  package::Manifest manifest = testing::manifest_with({"good", "scratch"});
  manifest.score_threshold = 0.6f;
  const auto prediction =
      decode(decode_softmax_map, testing::context_for(manifest), {{1, 2, 1, 2}, {0, 0, 0, 3}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->mask.cells == Cells{-1, 1});
  CHECK(prediction->mask.area_ratios == std::vector<float>{0, 0.5f});
}

TEST_CASE("SigmoidChannelsStandForThemselves") {
  const package::Manifest manifest = testing::manifest_with({"dirt", "scratch"});
  // First cell: both, scratch more. Second: dirt at exactly 0.5. Third: neither. Fourth: scratch.
  const auto prediction = decode(decode_sigmoid_map, testing::context_for(manifest),
                                 {{1, 2, 2, 2}, {1, 0, -1, -5, 2, -1, -2, 3}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->mask.cells == Cells{1, 0, -1, 1});
  CHECK(prediction->mask.area_ratios == std::vector<float>{0.5f, 0.5f});
}

TEST_CASE("ASingleMapMayLackItsChannel") {
  const package::Manifest manifest = testing::manifest_with({"anomaly"});
  const auto prediction =
      decode(decode_probability_map, testing::context_for(manifest), {{1, 1, 4}, {0.1f, 0.6f, 0.49f, 1}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->mask.cells == Cells{-1, 0, -1, 0});
  CHECK(prediction->mask.area_ratios == std::vector<float>{0.5f});
}

TEST_CASE("ChannelsLastIsReadForPackagesWithSuchInput") {
  package::Manifest manifest = testing::manifest_with({"a", "b"});
  manifest.input.layout = image::Layout::nhwc;
  const auto prediction = decode(decode_probability_map, testing::context_for(manifest),
                                 {{1, 1, 3, 2}, {0.9f, 0.1f, 0.1f, 0.9f, 0.2f, 0.2f}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->mask.width == 3);
  CHECK(prediction->mask.cells == Cells{0, 1, -1});
}

TEST_CASE("LetterboxFillingCountsForNothing") {
  const package::Manifest manifest = testing::manifest_with({"a"});
  // A picture of 128x64 in the middle of a 64x64 tensor: rows 16..48 show it.
  const DecodeContext context{manifest, {2, 2, 0, -32}, 128, 64};
  const auto prediction = decode(decode_probability_map, context, {{1, 1, 4, 2}, {1, 1, 1, 0, 0, 0, 1, 1}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->mask.cells == Cells{-1, -1, 0, -1, -1, -1, -1, -1});
  CHECK(prediction->mask.area_ratios == std::vector<float>{0.25f});
  CHECK(prediction->mask.box.top == -32);
  CHECK(prediction->mask.box.bottom == 96);
}

TEST_CASE("MapsThatFitNoLabelsAreRefused") {
  const package::Manifest manifest = testing::manifest_with({"a", "b"});
  const DecodeContext context = testing::context_for(manifest);
  CHECK_FALSE(decode(decode_softmax_map, context, {{1, 3, 1, 1}, {0, 0, 0}}).has_value());
  CHECK_FALSE(decode(decode_softmax_map, context, {{2}, {0, 0}}).has_value());
  CHECK_FALSE(decode(decode_softmax_map, context, {{1, 2, 0, 5}, {}}).has_value());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(decode(decode_sigmoid_map, context, {{1, 2, 1, 1}, {0, nan}}).has_value());
  const package::Manifest many = testing::manifest_with(std::vector<std::string>(128, "x"));
  const auto refused =
      decode(decode_softmax_map, testing::context_for(many), {{1, 128, 1, 1}, std::vector<float>(128, 0)});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unsupported);
}

}  // namespace
}  // namespace oree::serving

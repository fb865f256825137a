#include "services/serving/predictor/image_predictor.h"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "core/inference/backends/fake/fake_backend.h"
#include "platform/files/testing/temp_folder.h"

namespace oree::serving {
namespace {

using files::testing::TempFolder;
using inference::FakeBackend;
using inference::FakeDefinition;
using tensor::DType;
using tensor::Tensor;
using tensor::TensorView;

// Scores: the mean of the picture, and what is left to 255, over 255.
FakeDefinition brightness(tensor::Shape output) {
  return {{{{"picture", DType::f32, {-1, 3, 4, 4}}}, {{"scores", DType::f32, output}}},
          [](std::span<const TensorView> in) -> Result<std::vector<Tensor>> {
            float sum = 0;
            for (const float value : in[0].as<float>()) sum += value;
            std::vector<Tensor> out;
            out.push_back(*Tensor::create(DType::f32, {1, 2}));
            out[0].as<float>()[0] = sum / 48 / 255;
            out[0].as<float>()[1] = 1 - sum / 48 / 255;
            return out;
          }};
}

package::Manifest manifest_for(image::Pixel pixel = image::Pixel::f32) {
  package::Manifest manifest;
  manifest.name = "brightness";
  manifest.labels = {"bright", "dark"};
  manifest.input.width = manifest.input.height = 4;
  manifest.input.pixel = pixel;
  manifest.decode = package::Decode::probabilities;
  return manifest;
}

std::shared_ptr<const inference::Model> load(FakeBackend& backend, FakeDefinition definition) {
  const TempFolder folder;
  backend.define("model", std::move(definition));
  return std::move(*backend.load(folder.write("model", "oree-fake model"), {}));
}

image::Image grey(uint8_t value) {
  image::Image image(8, 8, 3);
  for (int y = 0; y < 8; ++y) std::fill_n(image.row(y), 24, value);
  return image;
}

Result<std::unique_ptr<ImagePredictor>> predictor_with(const package::Manifest& manifest,
                                                       tensor::Shape output,
                                                       ImagePredictor::Observer observer = {}) {
  FakeBackend backend;
  return ImagePredictor::create({"brightness", "3", "ab"}, manifest,
                                load(backend, brightness(std::move(output))), std::move(observer));
}

TEST_CASE("APictureGoesThroughTensorNetworkAndDecoder") {
  for (const tensor::Shape& shape : {tensor::Shape{1, 2}, tensor::Shape{-1, 2}}) {  // preset, lent
    int seen = 0;
    const auto predictor =
        predictor_with(manifest_for(), shape, [&](const auto&, bool ok) { seen += ok ? 1 : 100; });
    REQUIRE(predictor.has_value());
    CHECK((*predictor)->identity().version == "3");
    inference::PredictTimings timings;
    const image::Image picture = grey(51);
    const auto prediction = (*predictor)->predict(picture.view(), &timings);
    REQUIRE(prediction.has_value());
    CHECK(prediction->classes[0].score == doctest::Approx(0.2));
    CHECK(prediction->best()->label == "dark");
    CHECK(seen == 1);
    const image::Image white = grey(255);
    CHECK((*predictor)->predict(white.view(), nullptr)->best()->label == "bright");
  }
}

TEST_CASE("ThreadsDoNotSeeEachOthersPictures") {
  const auto predictor = predictor_with(manifest_for(), {1, 2});
  REQUIRE(predictor.has_value());
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (const int value : {0, 51, 102, 255}) {
      threads.emplace_back([&, value] {
        const image::Image picture = grey(static_cast<uint8_t>(value));
        for (int i = 0; i < 100; ++i) {
          const auto prediction = (*predictor)->predict(picture.view(), nullptr);
          const float expected = static_cast<float>(value) / 255;
          if (!prediction || std::abs(prediction->classes[0].score - expected) > 1e-3f) ++wrong;
        }
      });
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("APackageThatDoesNotFitTheNetworkIsRefusedAtOnce") {
  package::Manifest large = manifest_for();
  large.input.width = 5;
  const auto wrong_size = predictor_with(large, {1, 2});
  REQUIRE_FALSE(wrong_size.has_value());
  CHECK(wrong_size.error().what.find("[1,3,4,5]") != std::string::npos);
  const auto wrong_pixel = predictor_with(manifest_for(image::Pixel::u8), {1, 2});
  REQUIRE_FALSE(wrong_pixel.has_value());
  CHECK(wrong_pixel.error().what.find("UINT8") != std::string::npos);
}

TEST_CASE("AFailedRunNamesTheModelAndIsCounted") {
  FakeBackend backend;
  FakeDefinition broken = brightness({1, 2});
  broken.compute = [](std::span<const TensorView>) -> Result<std::vector<Tensor>> {
    return fail(ErrorKind::invalid, "no luck");
  };
  int failures = 0;
  const auto predictor =
      ImagePredictor::create({"brightness", "3", ""}, manifest_for(), load(backend, broken),
                             [&](const auto&, bool ok) { failures += ok ? 0 : 1; });
  REQUIRE(predictor.has_value());
  const image::Image picture = grey(0);
  const auto prediction = (*predictor)->predict(picture.view(), nullptr);
  REQUIRE_FALSE(prediction.has_value());
  CHECK(prediction.error().what == "model 'brightness' 3: no luck");
  CHECK(failures == 1);
}

}  // namespace
}  // namespace oree::serving

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "services/serving/testing/outputs.h"

namespace oree::serving {
namespace {

using testing::Numbers;

Result<inference::Prediction> decode(Decoder decoder, const package::Manifest& manifest,
                                     const Numbers& numbers) {
  const tensor::TensorView outputs[] = {numbers.view()};
  return decoder(testing::context_for(manifest), std::span(outputs));
}

TEST_CASE("SoftmaxGivesTheSharesOfTheExponentials") {
  const package::Manifest manifest = testing::manifest_with({"a", "b", "c"});
  // e^0 : e^ln2 : e^ln5 = 1 : 2 : 5
  const auto prediction = decode(decode_softmax, manifest, {{1, 3}, {0, std::log(2.0f), std::log(5.0f)}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->kind == inference::PredictionKind::classes);
  REQUIRE(prediction->classes.size() == 3);
  CHECK(prediction->classes[0].score == doctest::Approx(0.125));
  CHECK(prediction->classes[1].score == doctest::Approx(0.25));
  CHECK(prediction->classes[2].score == doctest::Approx(0.625));
  CHECK(prediction->best()->label == "c");
}

TEST_CASE("SoftmaxDoesNotOverflowOnLargeLogits") {
  const package::Manifest manifest = testing::manifest_with({"a", "b"});
  const auto prediction = decode(decode_softmax, manifest, {{1, 2}, {3e38f, 3e38f}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->classes[0].score == doctest::Approx(0.5));
}

TEST_CASE("ASwitchedOffClassGetsNothing") {
  const package::Manifest manifest = testing::manifest_with({"a", "b"});
  const auto prediction =
      decode(decode_softmax, manifest, {{1, 2}, {1, -std::numeric_limits<float>::infinity()}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->classes[0].score == 1.0f);
  CHECK(prediction->classes[1].score == 0.0f);
}

TEST_CASE("NaNIsRefusedByEveryClassifier") {
  const package::Manifest manifest = testing::manifest_with({"a", "b"});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Decoder decoder : {decode_softmax, decode_probabilities}) {
    const auto prediction = decode(decoder, manifest, {{1, 2}, {0.5f, nan}});
    REQUIRE_FALSE(prediction.has_value());
    CHECK(prediction.error().kind == ErrorKind::invalid);
    CHECK(prediction.error().what.find("NaN") != std::string::npos);
  }
}

TEST_CASE("ProbabilitiesAreTakenAsTheyAre") {
  const package::Manifest manifest = testing::manifest_with({"a", "b"});
  const auto prediction = decode(decode_probabilities, manifest, {{1, 2, 1, 1}, {0.75f, 0.25f}});
  REQUIRE(prediction.has_value());
  CHECK(prediction->classes[0].label == "a");
  CHECK(prediction->classes[0].score == 0.75f);
}

TEST_CASE("ScoresAndLabelsMustBeEquallyMany") {
  const package::Manifest manifest = testing::manifest_with({"a", "b"});
  const auto prediction = decode(decode_softmax, manifest, {{1, 3}, {1, 2, 3}});
  REQUIRE_FALSE(prediction.has_value());
  CHECK(prediction.error().what == "the model gives 3 scores, the package has 2 labels");
  CHECK_FALSE(decode(decode_softmax, testing::manifest_with({}), {{1, 0}, {}}).has_value());
}

TEST_CASE("OtherDatatypesAreNamed") {
  const package::Manifest manifest = testing::manifest_with({"a"});
  const int64_t shape[] = {1, 1};
  const double value[] = {1};
  const tensor::TensorView outputs[] = {{tensor::DType::f64, shape, std::as_bytes(std::span(value))}};
  const auto prediction = decode_softmax(testing::context_for(manifest), outputs);
  REQUIRE_FALSE(prediction.has_value());
  CHECK(prediction.error().what.find("FP64") != std::string::npos);
}

TEST_CASE("EveryDecodeHasADecoderButAutomatic") {
  using package::Decode;
  for (const Decode decode :
       {Decode::softmax, Decode::probabilities, Decode::yolov5, Decode::yolov8, Decode::yolox, Decode::ssd,
        Decode::softmax_map, Decode::sigmoid_map, Decode::probability_map}) {
    CHECK(decoder_for(decode).has_value());
  }
  CHECK_FALSE(decoder_for(Decode::automatic).has_value());
}

}  // namespace
}  // namespace oree::serving

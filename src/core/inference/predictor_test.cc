#include "core/inference/predictor.h"

#include <doctest/doctest.h>

namespace oree::inference {
namespace {

TEST_CASE("TheBestClassIsTheOneWithTheHighestScoreAndTheFirstOfEquals") {
  Prediction prediction;
  CHECK(prediction.best() == nullptr);
  prediction.classes = {{"good", 0.2f}, {"scratch", 0.4f}, {"dent", 0.4f}};
  REQUIRE(prediction.best() != nullptr);
  CHECK(prediction.best()->label == "scratch");
}

}  // namespace
}  // namespace oree::inference

// A picture predictor that tells a tap. Thread-safe.
#pragma once

#include <memory>
#include <utility>

#include "services/serving/trial/tap.h"

namespace oree::serving {

class TappedPredictor final : public inference::Predictor {
 public:
  TappedPredictor(std::unique_ptr<const inference::Predictor> inner, AnswerTap& tap)
      : inner_(std::move(inner)), tap_(tap) {}

  const inference::Identity& identity() const override { return inner_->identity(); }
  Result<inference::Prediction> predict(const image::ImageView& image,
                                        inference::PredictTimings* timings) const override {
    inference::PredictTimings measured;
    auto prediction = inner_->predict(image, &measured);
    if (timings != nullptr) *timings = measured;
    tap_.predicted(identity(), image, prediction, measured.tensor + measured.infer + measured.decode);
    return prediction;
  }
  const inference::Predictor& inner() const { return *inner_; }

 private:
  std::unique_ptr<const inference::Predictor> inner_;
  AnswerTap& tap_;
};

}  // namespace oree::serving

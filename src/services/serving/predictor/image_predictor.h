// A picture in, a Prediction out: preprocessing straight into a kept input tensor, one run, decoding.
// Thread-safe; each concurrent call uses a workspace of its own, kept for the next.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/inference/model.h"
#include "core/inference/predictor.h"
#include "core/package/manifest.h"
#include "services/serving/outputs/decoder.h"
#include "services/serving/pool.h"

namespace oree::serving {

class ImagePredictor final : public inference::Predictor {
 public:
  // Called after every run, from the calling thread.
  using Observer = std::function<void(const inference::PredictTimings& timings, bool succeeded)>;

  // `manifest` must be complete. `invalid` when the model does not take one picture of that form.
  static Result<std::unique_ptr<ImagePredictor>> create(inference::Identity identity,
                                                        package::Manifest manifest,
                                                        std::shared_ptr<const inference::Model> model,
                                                        Observer observer);

  const inference::Identity& identity() const override { return identity_; }
  Result<inference::Prediction> predict(const image::ImageView& image,
                                        inference::PredictTimings* timings) const override;

 private:
  struct Workspace {
    tensor::Tensor input;
    std::vector<tensor::Tensor> places;  // memory of outputs whose shape the graph fixes
    std::vector<inference::Output> outputs;
    std::vector<tensor::TensorView> views;
  };

  ImagePredictor(inference::Identity identity, package::Manifest manifest,
                 std::shared_ptr<const inference::Model> model, Decoder decoder, Observer observer);
  Result<std::unique_ptr<Workspace>> make_workspace() const;
  Result<inference::Prediction> predict_in(Workspace& workspace, const image::ImageView& image,
                                           inference::PredictTimings& timings) const;

  inference::Identity identity_;
  package::Manifest manifest_;
  std::shared_ptr<const inference::Model> model_;
  Decoder decoder_;
  Observer observer_;
  mutable Pool<Workspace> workspaces_;
};

}  // namespace oree::serving

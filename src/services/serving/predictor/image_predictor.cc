#include "services/serving/predictor/image_predictor.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace oree::serving {

namespace {

using inference::Output;
using inference::Prediction;
using inference::PredictTimings;
using Stopwatch = std::chrono::steady_clock;

tensor::DType dtype_of(image::Pixel pixel) {
  return pixel == image::Pixel::u8 ? tensor::DType::u8 : tensor::DType::f32;
}

tensor::Shape input_shape(const package::Manifest& manifest) {
  const auto shape = image::tensor_shape(manifest.input);
  return {shape.begin(), shape.end()};
}

bool is_static(const tensor::Shape& shape) {
  return std::ranges::all_of(shape, [](int64_t dimension) { return dimension >= 0; });
}

microseconds lap(Stopwatch::time_point& since) {
  const Stopwatch::time_point now = Stopwatch::now();
  const auto passed = std::chrono::duration_cast<microseconds>(now - since);
  since = now;
  return passed;
}

Status check_model(const package::Manifest& manifest, const inference::Signature& signature) {
  if (signature.inputs.size() != 1) {
    return fail(ErrorKind::unsupported,
                cat("the model has ", signature.inputs.size(), " inputs; a picture fills one"));
  }
  const tensor::TensorSpec& input = signature.inputs.front();
  const tensor::Shape shape = input_shape(manifest);
  if (input.dtype == dtype_of(manifest.input.pixel) && tensor::fits(shape, input.shape)) return {};
  return fail(ErrorKind::invalid,
              cat("the package prepares ", tensor::facts(dtype_of(manifest.input.pixel)).name, " ",
                  tensor::shape_text(shape), ", the model's input '", input.name, "' is ",
                  tensor::facts(input.dtype).name, " ", tensor::shape_text(input.shape)));
}

}  // namespace

Result<std::unique_ptr<ImagePredictor>> ImagePredictor::create(inference::Identity identity,
                                                               package::Manifest manifest,
                                                               std::shared_ptr<const inference::Model> model,
                                                               Observer observer) {
  if (Status fits = check_model(manifest, model->signature()); !fits) return forward(fits);
  const Result<Decoder> decoder = decoder_for(manifest.decode);
  if (!decoder) return forward(decoder);
  return std::unique_ptr<ImagePredictor>(new ImagePredictor(std::move(identity), std::move(manifest),
                                                            std::move(model), *decoder, std::move(observer)));
}

ImagePredictor::ImagePredictor(inference::Identity identity, package::Manifest manifest,
                               std::shared_ptr<const inference::Model> model, Decoder decoder,
                               Observer observer)
    : identity_(std::move(identity)),
      manifest_(std::move(manifest)),
      model_(std::move(model)),
      decoder_(decoder),
      observer_(std::move(observer)) {}

Result<std::unique_ptr<ImagePredictor::Workspace>> ImagePredictor::make_workspace() const {
  auto workspace = std::make_unique<Workspace>();
  Result<tensor::Tensor> input =
      tensor::Tensor::create(dtype_of(manifest_.input.pixel), input_shape(manifest_));
  if (!input) return forward(input);
  workspace->input = std::move(*input);
  for (const tensor::TensorSpec& spec : model_->signature().outputs) {
    Output& output = workspace->outputs.emplace_back();
    if (!is_static(spec.shape)) continue;
    Result<tensor::Tensor> place = tensor::Tensor::create(spec.dtype, spec.shape);
    if (!place) return forward(place, cat("output '", spec.name, "'"));
    output.shape = spec.shape;
    output.preset = workspace->places.emplace_back(std::move(*place)).mutable_bytes();
  }
  return workspace;
}

Result<Prediction> ImagePredictor::predict(const image::ImageView& image, PredictTimings* timings) const {
  Status made;
  const auto workspace = workspaces_.take([&]() -> std::unique_ptr<Workspace> {
    Result<std::unique_ptr<Workspace>> fresh = make_workspace();
    if (fresh) return std::move(*fresh);
    made = forward(fresh);
    return nullptr;
  });
  if (!made) return forward(made);
  PredictTimings measured;
  Result<Prediction> prediction = predict_in(*workspace, image, measured);
  if (observer_) observer_(measured, prediction.has_value());
  if (timings != nullptr) *timings = measured;
  if (!prediction) return forward(prediction, cat("model '", identity_.name, "' ", identity_.version));
  return prediction;
}

Result<Prediction> ImagePredictor::predict_in(Workspace& workspace, const image::ImageView& image,
                                              PredictTimings& timings) const {
  Stopwatch::time_point since = Stopwatch::now();
  const Result<image::Placement> placement =
      image::write_tensor(image, manifest_.input, workspace.input.mutable_bytes());
  if (!placement) return forward(placement);
  timings.tensor = lap(since);
  const tensor::TensorView inputs[] = {workspace.input.view()};
  const Status ran = model_->run(inputs, workspace.outputs);
  timings.infer = lap(since);
  if (!ran) return forward(ran);
  workspace.views.clear();
  for (const Output& output : workspace.outputs) workspace.views.push_back(output.view());
  Result<Prediction> prediction =
      decoder_({manifest_, *placement, image.width, image.height}, workspace.views);
  for (Output& output : workspace.outputs) output.keep.reset();
  timings.decode = lap(since);
  return prediction;
}

}  // namespace oree::serving

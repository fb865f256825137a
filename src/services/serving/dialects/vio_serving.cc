#include "services/serving/dialects/vio_serving.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::serving {
namespace {

using http::Request;
using http::Response;
using json::Array;
using json::Object;
using json::Value;

constexpr std::string_view kPredict = ":predict";

Response refusal(const Error& error) {
  return http::json(facts(error.kind).http_status, json::print(Object{{"detail", error.what}}));
}

Value rounded(float value) {
  return std::round(double{value} * 1e5) / 1e5;
}

// The names VIO's metadata.json has for kinds of models and of normalisation.
std::string_view output_type(package::Task task) {
  return task == package::Task::detection      ? "object_detection"
         : task == package::Task::segmentation ? "segmentation"
                                               : "classification";
}

std::string normalization(const image::Preprocess& input) {
  if (input.pixel == image::Pixel::u8) return "uint8";
  const bool centred = input.mean[0] > 127 && input.mean[0] < 128;
  if (centred && std::abs(input.scale[0] * 127.0f - 1) < 0.01f) return "mobilenet";
  if (input.mean[0] == 0.0f && std::abs(input.scale[0] * 255.0f - 1) < 0.01f) return "yolo";
  return cat("(x - ", input.mean[0], ") * ", input.scale[0]);
}

Response list(ModelRepository& repository) {
  Array names;
  for (auto& name : repository.names()) names.push_back(std::move(name));
  return http::json(200, json::print(names));
}

Result<Object> metadata_of(ModelRepository& repository, std::string_view name) {
  const auto model = repository.served(name, "");
  if (!model) return forward(model);
  const auto& inputs = (*model)->model->signature().inputs;
  if (inputs.empty()) return fail(ErrorKind::unsupported, "the model takes nothing");
  Array shape, labels;
  for (const int64_t dimension : inputs[0].shape) shape.push_back(dimension);
  for (const auto& label : (*model)->manifest.labels) labels.push_back(label);
  return Object{{"input_shape", std::move(shape)},
                {"input_dtype", lower(tensor::facts(inputs[0].dtype).name)},
                {"output_type", output_type((*model)->manifest.task)},
                {"class_names", std::move(labels)},
                {"normalization", normalization((*model)->manifest.input)}};
}

Response metadata(const Request& request, ModelRepository& repository) {
  const auto said = metadata_of(repository, request.capture("model"));
  return said ? http::json(200, json::print(*said)) : refusal(said.error());
}

Object classes_of(const inference::Prediction& prediction) {
  const auto* best = prediction.best();
  Object out{{"prediction_type", "class"}};
  out.emplace_back("label", best != nullptr ? Value(best->label) : Value());
  out.emplace_back("probability", best != nullptr ? rounded(best->score) : Value());
  return out;
}

// Locations are shares of the picture: left, top, right, bottom.
Object objects_of(const inference::Prediction& prediction, const image::Image& picture) {
  const auto wide = static_cast<float>(picture.width());
  const auto high = static_cast<float>(picture.height());
  Object objects;
  size_t number = 0;
  for (const inference::Object& object : prediction.objects) {
    const inference::Box& box = object.box;
    objects.emplace_back(cat("object_", ++number),
                         Object{{"location", Array{rounded(box.left / wide), rounded(box.top / high),
                                                   rounded(box.right / wide), rounded(box.bottom / high)}},
                                {"objectness", rounded(object.score)},
                                {"label", object.label}});
  }
  return {{"prediction_type", "objects"}, {"detected_objects", std::move(objects)}};
}

Object mask_of(const inference::Prediction& prediction) {
  Object ratios;
  const auto& mask = prediction.mask;
  for (size_t i = 0; i < mask.labels.size() && i < mask.area_ratios.size(); ++i) {
    ratios.emplace_back(mask.labels[i], rounded(mask.area_ratios[i]));
  }
  return {{"prediction_type", "mask"}, {"area_ratios", std::move(ratios)}};
}

Response predict(const Request& request, ModelRepository& repository, const image::DecodeLimits& limits) {
  std::string_view version = request.capture("version");
  if (!version.ends_with(kPredict)) {
    return refusal({ErrorKind::not_found, "Not Found: the address must end with :predict"});
  }
  version.remove_suffix(kPredict.size());
  const auto model = repository.find(request.capture("model"), version);
  if (!model) return refusal(model.error());
  if (request.body.empty())
    return refusal({ErrorKind::invalid, "the body is empty; post an encoded picture"});
  const auto picture = image::decode(as_bytes(request.body), limits);
  if (!picture) return refusal(picture.error());
  const auto prediction = (*model)->predict(picture->view(), nullptr);
  if (!prediction) return refusal(prediction.error());
  using inference::PredictionKind;
  const Object answer = prediction->kind == PredictionKind::classes   ? classes_of(*prediction)
                        : prediction->kind == PredictionKind::objects ? objects_of(*prediction, *picture)
                                                                      : mask_of(*prediction);
  return http::json(200, json::print(answer));
}

}  // namespace

http::Handler vio_predict(ModelRepository& repository, const image::DecodeLimits& limits) {
  return [&repository, limits](const Request& request) { return predict(request, repository, limits); };
}

Object vio_metadata(ModelRepository& repository, std::string_view model) {
  auto said = metadata_of(repository, model);
  return said ? *std::move(said) : Object{};
}

void mount_vio_serving(http::Router& router, ModelRepository& repository, const image::DecodeLimits& limits) {
  router.add({"GET", "/v1", "vio-serving", "What this is.", [](const Request&) {
                return http::json(200, json::print(Value("Orée serves models here; see /openapi.json")));
              }});
  router.add({"GET", "/v1/models", "vio-serving", "Names of the models.",
              [&repository](const Request&) { return list(repository); }});
  router.add({"GET", "/v1/models/{model}/metadata", "vio-serving", "What a model takes and gives.",
              [&repository](const Request& request) { return metadata(request, repository); }});
  router.add({"POST", "/v1/models/{model}/versions/{version}", "vio-serving",
              "{version}:predict asks the model about the posted picture.", vio_predict(repository, limits)});
}

}  // namespace oree::serving

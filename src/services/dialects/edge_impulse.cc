#include "services/dialects/edge_impulse.h"

#include <chrono>
#include <cmath>
#include <cstring>

#include "base/text.h"
#include "core/inference/service/ask.h"
#include "platform/json/reader.h"
#include "platform/json/value.h"

namespace oree::dialects {

namespace {

using http::Request;
using http::Response;
using inference::Description;
using json::Array;
using json::Object;
using json::Value;

constexpr size_t kMaxFeatures = size_t{1} << 24;

Response refusal(const Error& error) {
  return http::text(400, error.what);
}

double milliseconds_since(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
}

Object timing(double infer_ms) {
  return {{"dsp", 0},
          {"classification", std::round(infer_ms)},
          {"anomaly", 0},
          {"classification_us", std::round(infer_ms * 1000)}};
}

class Runner {
 public:
  explicit Runner(EdgeImpulse setup) : setup_(std::move(setup)) {}

  Response info(const Request&) const {
    const auto served = find();
    if (!served) return refusal(served.error());
    const Description& model = (*served)->description();
    return http::json(
        200,
        json::print(Object{
            {"project",
             Object{{"id", 1}, {"name", model.name}, {"owner", "oree"}, {"deploy_version", model.version}}},
            {"modelParameters", parameters(model)}}));
  }

  Response features(const Request& request) const {
    const auto served = find();
    if (!served) return refusal(served.error());
    const Result<std::vector<float>> numbers = read_features(request.body);
    if (!numbers) return refusal(numbers.error());
    const auto since = std::chrono::steady_clock::now();
    const Result<Object> result = classify(**served, *numbers);
    if (!result) return refusal(result.error());
    return http::json(
        200, json::print(Object{{"result", *result}, {"timing", timing(milliseconds_since(since))}}));
  }

  Response image(const Request& request) const {
    const auto parts = http::parse_multipart(request.header("Content-Type"), request.body);
    if (!parts) return refusal(parts.error());
    for (const http::Part& part : *parts) {
      if (part.name == "file") return look(part.data);
    }
    return http::text(400, "Missing 'file' in the multipart body");
  }

 private:
  Result<std::shared_ptr<inference::Served>> find() const {
    const std::string name = setup_.model();
    if (name.empty()) return fail(ErrorKind::not_found, "no model is named for this interface");
    return setup_.service->find(name, "", inference::Wait::yes);
  }

  static Result<std::vector<float>> read_features(std::string_view body) {
    std::vector<float> numbers;
    bool found = false;
    json::Reader reader;
    Status read = reader.parse(body, [&](json::Cursor& root) {
      return root.object([&](std::string_view key, json::Cursor& value) -> Status {
        if (key != "features") return {};
        found = true;
        return value.numbers(numbers, kMaxFeatures);
      });
    });
    if (!read) return forward(read);
    if (!found) return fail(ErrorKind::invalid, "Missing 'features' in the body");
    return numbers;
  }

  // The features, in whatever datatype the network wants them.
  static Result<Object> classify(inference::Served& served, const std::vector<float>& features) {
    const Description& model = served.description();
    if (model.inputs.size() != 1 || model.outputs.empty()) {
      return fail(ErrorKind::unsupported,
                  cat("model '", model.name, "' does not take one tensor of features"));
    }
    const tensor::TensorSpec& spec = model.inputs[0].spec;
    tensor::Shape shape = spec.shape;
    int64_t known = 1;
    for (const int64_t dim : shape) known *= dim > 0 ? dim : 1;
    if (known != static_cast<int64_t>(features.size())) {
      return fail(ErrorKind::invalid, cat("Expected ", known, " features, got ", features.size()));
    }
    for (int64_t& dim : shape) dim = dim > 0 ? dim : 1;
    if (spec.dtype != tensor::DType::f32) {
      return fail(ErrorKind::unsupported,
                  cat("model '", model.name, "' takes ", tensor::facts(spec.dtype).name));
    }
    inference::WaitingCall call;
    call.inputs.push_back({spec.name, spec.dtype, shape, std::as_bytes(std::span(features))});
    call.outputs.emplace_back().name = model.outputs[0].spec.name;
    if (Status asked = inference::ask(served, call); !asked) return forward(asked);
    return scores(call.outputs[0].tensor, model.outputs[0].labels);
  }

  static Result<Object> scores(const inference::Output& output, const std::vector<std::string>& labels) {
    if (output.dtype != tensor::DType::f32) return fail(ErrorKind::unsupported, "the scores are no FP32");
    Object classes;
    for (size_t i = 0; i < output.data.size() / sizeof(float); ++i) {
      float score = 0;
      std::memcpy(&score, output.data.data() + i * sizeof score, sizeof score);
      classes.emplace_back(i < labels.size() ? labels[i] : std::to_string(i), double{score});
    }
    return Object{{"classification", std::move(classes)}};
  }

  Response look(ByteView encoded) const {
    const std::string name = setup_.model();
    if (name.empty()) return http::text(400, "no model is named for this interface");
    const auto predictor = setup_.pictures->find(name, "");
    if (!predictor) return refusal(predictor.error());
    const auto picture = image::decode(encoded, setup_.limits);
    if (!picture) return refusal(picture.error());
    inference::PredictTimings times;
    const auto prediction = (*predictor)->predict(picture->view(), &times);
    if (!prediction) return refusal(prediction.error());
    return http::json(
        200, json::print(Object{{"result", result_of(*prediction)},
                                {"timing", timing(static_cast<double>(times.infer.count()) / 1e3)}}));
  }

  static Object result_of(const inference::Prediction& prediction) {
    if (prediction.kind == inference::PredictionKind::classes) {
      Object classes;
      for (const inference::LabelScore& each : prediction.classes) {
        classes.emplace_back(each.label, double{each.score});
      }
      return {{"classification", std::move(classes)}};
    }
    Array boxes;
    for (const inference::Object& object : prediction.objects) {
      boxes.emplace_back(Object{{"label", object.label},
                                {"value", double{object.score}},
                                {"x", std::lround(object.box.left)},
                                {"y", std::lround(object.box.top)},
                                {"width", std::lround(object.box.right - object.box.left)},
                                {"height", std::lround(object.box.bottom - object.box.top)}});
    }
    return {{"bounding_boxes", std::move(boxes)}};
  }

  static Object parameters(const Description& model) {
    int64_t count = 1, wide = 0, high = 0, channels = 0;
    if (!model.inputs.empty()) {
      const tensor::Shape& shape = model.inputs[0].spec.shape;
      for (const int64_t dim : shape) count *= dim > 0 ? dim : 1;
      if (shape.size() == 4) {
        const bool last = shape[3] > 0 && shape[3] <= 4;
        high = shape[last ? 1 : 2], wide = shape[last ? 2 : 3], channels = shape[last ? 3 : 1];
      }
    }
    Array labels;
    if (!model.outputs.empty()) {
      for (const std::string& label : model.outputs[0].labels) labels.emplace_back(label);
    }
    const auto label_count = labels.size();
    return {{"axis_count", 1},
            {"frequency", 0},
            {"has_anomaly", 0},
            {"interval_ms", 1},
            {"image_channel_count", channels},
            {"image_input_width", wide},
            {"image_input_height", high},
            {"image_input_frames", wide > 0 ? 1 : 0},
            {"input_features_count", count},
            {"label_count", label_count},
            {"labels", std::move(labels)},
            {"model_type", "classification"},
            {"sensor", wide > 0 ? 3 : 0},
            {"sensorType", wide > 0 ? "camera" : "unknown"},
            {"use_continuous_mode", false}};
  }

  const EdgeImpulse setup_;
};

}  // namespace

void mount_edge_impulse(http::Router& router, EdgeImpulse setup) {
  const auto runner = std::make_shared<const Runner>(std::move(setup));
  using Handle = Response (Runner::*)(const Request&) const;
  const auto add = [&](const char* method, const char* pattern, const char* summary, Handle handle) {
    router.add({method, pattern, "edge-impulse", summary,
                [runner, handle](const Request& request) { return ((*runner).*handle)(request); }});
  };
  add("GET", "/api/info", "The model and what it takes.", &Runner::info);
  add("POST", "/api/features", "Asks the model about raw features.", &Runner::features);
  add("POST", "/api/image", "Asks the model about a picture.", &Runner::image);
}

}  // namespace oree::dialects

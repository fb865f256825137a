// POST /api/v1/trigger, /api/v1/upload, /api/v1/data_gathering: a part is looked at, or only kept.
#include <algorithm>

#include "base/text.h"
#include "nodes/edge/station/parts.h"

namespace oree::edge {
namespace {

using http::Request;
using http::Response;
using inspection::Frame;
using inspection::Inspector;

Frame frame_of(ByteView bytes, std::string source, std::string truth) {
  return {std::make_shared<ByteBuffer>(bytes.begin(), bytes.end()), std::move(source), std::move(truth)};
}

std::vector<std::string> pushed_cameras(const inspection::Plan& plan) {
  std::vector<std::string> names;
  for (const auto& camera : plan.cameras) {
    if (camera.kind == inspection::CameraKind::pushed) names.push_back(camera.name);
  }
  return names;
}

// Which camera a posted part of a form belongs to: the one it names, or the next pushed one in order.
Result<std::string> camera_for(const http::Part& part, const std::vector<std::string>& cameras,
                               size_t index) {
  if (std::ranges::find(cameras, part.name) != cameras.end()) return part.name;
  if (index < cameras.size()) return cameras[index];
  return fail(ErrorKind::invalid, cat("a picture too many: the configuration takes ", cameras.size(),
                                      " by POST (cameras of type http without url)"));
}

bool is_form(const Request& request) {
  return request.header("Content-Type").starts_with("multipart/form-data");
}

// The pictures a request carries: a form's files, or the body itself, or none.
Result<Inspector::Pushed> pictures_of(const Request& request, const inspection::Plan& plan) {
  Inspector::Pushed pushed;
  const std::string truth = request.parameter("truth").value_or("");
  auto cameras = pushed_cameras(plan);
  if (const auto named = request.parameter("camera")) {
    const bool known =
        std::ranges::find(plan.cameras, *named, &inspection::CameraPlan::name) != plan.cameras.end();
    if (!known) return fail(ErrorKind::invalid, cat("there is no camera '", *named, "'"));
    cameras = {*named};
  }
  if (is_form(request)) {
    auto parts = http::parse_multipart(request.header("Content-Type"), request.body);
    if (!parts) return forward(parts);
    for (const auto& part : *parts) {
      auto camera = camera_for(part, cameras, pushed.size());
      if (!camera) return forward(camera);
      pushed[*camera] = frame_of(part.data, part.filename, truth);
    }
  } else if (!request.body.empty()) {
    if (cameras.empty()) {
      return fail(ErrorKind::invalid,
                  "a picture was posted, but the configuration has no camera of type http without url");
    }
    pushed[cameras.front()] = frame_of(as_bytes(request.body), "posted", truth);
  }
  return pushed;
}

Result<inspection::Item> look(const Request& request, Parts& parts) {
  const auto active = parts.configurations.active();
  if (!active.inspector) return fail(ErrorKind::invalid, "No active configuration set");
  auto pushed = pictures_of(request, active.inspector->plan());
  if (!pushed) return forward(pushed);
  return active.inspector->inspect({"http", request.peer}, std::move(*pushed));
}

// The stored item, with what only the answer knows in front: the id under VIO's name, and the time with the
// commit.
Response answer(const inspection::Item& item) {
  return http::json(200, cat(R"({"item_id":")", item.id, R"(","answered_us":)", item.total.count(), ",",
                             std::string_view(item.json).substr(1)));
}

Response trigger(const Request& request, Parts& parts) {
  const auto item = look(request, parts);
  return item ? answer(*item) : error_response(item.error());
}

// Captures with every camera, or keeps what is posted; judges nothing.
Response gather(const Request& request, Parts& parts) {
  const auto active = parts.configurations.active();
  if (!active.inspector) return error_response({ErrorKind::invalid, "No active configuration set"});
  auto pushed = pictures_of(request, active.inspector->plan());
  if (!pushed) return error_response(pushed.error());
  const auto item = active.inspector->collect(
      {"http", "data gathering"}, request.parameter("class_name").value_or("NA"), std::move(*pushed));
  if (!item) return error_response(item.error());
  return http::json(200, json::print(json::Object{{"item_id", item->id}}));
}

// One item per posted file, through a plan with nothing but a pushed camera.
Response upload(const Request& request, Parts& parts) {
  Result<std::vector<http::Part>> files = std::vector<http::Part>{};
  if (is_form(request)) {
    files = http::parse_multipart(request.header("Content-Type"), request.body);
    if (!files) return error_response(files.error());
  } else if (!request.body.empty()) {
    files->push_back({"file", "posted", std::string(request.header("Content-Type")), as_bytes(request.body)});
  }
  if (files->empty()) return error_response({ErrorKind::invalid, "no file was posted"});
  json::Array ids;
  for (const auto& file : *files) {
    if (const auto info = image::probe(file.data); !info) return error_response(info.error());
    Inspector::Pushed pushed;
    pushed["upload"] = frame_of(file.data, file.filename, "");
    const auto item = parts.collector.collect(
        {"upload", file.filename}, request.parameter("class_name").value_or("NA"), std::move(pushed));
    if (!item) return error_response(item.error());
    ids.push_back(item->id);
  }
  return http::json(200, json::print(json::Object{{"items_ids", std::move(ids)}}));
}

}  // namespace

static const http::QueryParameter kClassName{"class_name", "what the pictures show; NA when absent"};

void mount_inspect(http::Router& router, Parts& parts) {
  const auto bind = [&parts](auto handler) {
    return [&parts, handler](const Request& request) { return handler(request, parts); };
  };
  router.add({"POST",
              "/api/v1/trigger",
              "station",
              "Inspects one part now; the answer comes when the item is durable. Pictures may be posted.",
              bind(trigger),
              false,
              {{"camera", "the camera that a posted picture belongs to"},
               {"truth", "the label that is known to be right"}}});
  router.add({"POST",
              "/api/v1/data_gathering",
              "station",
              "Captures without judging, under a class name.",
              bind(gather),
              false,
              {kClassName}});
  router.add({"POST",
              "/api/v1/upload",
              "station",
              "Keeps the posted pictures, under a class name.",
              bind(upload),
              false,
              {kClassName}});
}

}  // namespace oree::edge

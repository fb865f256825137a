// Edge Impulse's HTTP interface, as its Linux runner gives it: one model, features or a picture in, a result
// out.
//
//   GET  /api/info       project and modelParameters
//   POST /api/features   {"features": numbers}          → {"result": …, "timing": …}
//   POST /api/image      multipart, part "file"         → the same; boxes in the original picture's pixels
// Errors are 400 with a sentence as text.
#pragma once

#include <functional>
#include <string>

#include "core/inference/predictor.h"
#include "core/inference/service/service.h"
#include "platform/http/router.h"
#include "platform/image/image.h"

namespace oree::dialects {

struct EdgeImpulse {
  inference::Service* service = nullptr;           // must outlive the router
  inference::PredictorSource* pictures = nullptr;  // must outlive the router
  std::function<std::string()> model;  // which one answers, asked at every call; "" = there is none
  image::DecodeLimits limits;
};

void mount_edge_impulse(http::Router& router, EdgeImpulse setup);

}  // namespace oree::dialects

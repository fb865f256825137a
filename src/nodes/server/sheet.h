// What the pages ask of a model server: every version with its state, what it takes, how fast it was measured
// and what it has done.
//
//   GET  /api/v1/models                     the sheet
//   POST /api/v1/models/{model}/default     {"version": "2"}: which version answers without one
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/inference/predictor.h"
#include "core/inference/service/service.h"
#include "platform/http/router.h"

namespace oree::server {

struct SheetParts {
  inference::Service& service;
  inference::PredictorSource& pictures;
  std::string name, version;
  std::string grpc;     // its address; "" = not spoken
  bool changes = true;  // whether load and unload are allowed
  // Null: versions answer by their policy only.
  std::function<Status(std::string_view model, std::string_view version)> set_default;
};

// Borrows what the parts name; it must outlive the router.
void mount_sheet(http::Router& router, SheetParts parts);

}  // namespace oree::server

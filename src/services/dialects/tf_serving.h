// TensorFlow Serving's REST interface, and KServe's first protocol, which is its row format with two more
// words.
//
//   GET  /v1/models/{model}[/versions/{v}|/labels/{l}]             model_version_status (and name, ready:
//   KServe) GET  /v1/models/{model}[/versions/{v}|/labels/{l}]/metadata POST
//   /v1/models/{model}[/versions/{v}|/labels/{l}]:predict     instances → predictions, inputs → outputs POST
//   …:classify  …:regress                                     examples → results GET  /v1/models KServe:
//   {"models": names}
// Errors are {"error": sentence}. A version's labels are those of the model's own configuration.
// https://www.tensorflow.org/tfx/serving/api_rest
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/inference/service/service.h"
#include "platform/http/router.h"
#include "platform/json/value.h"

namespace oree::dialects {

// What shares these addresses with it. VIO's serving asks at the same ones, with a picture as the body.
struct Neighbours {
  http::Handler picture;  // POST …/versions/{v}:predict whose body is no JSON; may be empty
  // More members for the metadata of a model; may be empty.
  std::function<json::Object(std::string_view model)> metadata;
  bool lists_models = true;  // false: somebody else answers GET /v1/models
};

// `service` must outlive the router.
void mount_tf_serving(http::Router& router, inference::Service& service, Neighbours neighbours = {});

// The body of GET /v1/models/{model}: also what OVMS's /v1/config says of each.
json::Array version_status(const std::vector<inference::IndexRow>& rows, std::string_view model,
                           std::string_view version);

}  // namespace oree::dialects

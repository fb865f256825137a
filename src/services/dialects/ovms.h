// OpenVINO Model Server's configuration calls, beside which it speaks TensorFlow Serving's REST and the Open
// Inference Protocol.
//
//   GET  /v1/config          every model with the state of its versions
//   POST /v1/config/reload   looks at the repository again, then the same
#pragma once

#include <functional>

#include "core/inference/service/service.h"
#include "platform/http/router.h"

namespace oree::dialects {

// `service` must outlive the router; `reload` looks for new models and versions.
void mount_ovms(http::Router& router, inference::Service& service, std::function<Status()> reload);

}  // namespace oree::dialects

// The Open Inference Protocol, version 2, over REST: health, metadata, inference with JSON tensors, and the
// model repository extension (index, load, unload). Error bodies are {"error": sentence}.
//
//   GET  /v2  /v2/health/live  /v2/health/ready
//   GET  /v2/models/{model}[/versions/{version}][/ready]
//   POST /v2/models/{model}[/versions/{version}]/infer
//   POST /v2/repository/index  /v2/repository/models/{model}/load  /unload
#pragma once

#include <optional>
#include <string>

#include "platform/http/router.h"
#include "services/serving/repository/model_repository.h"

namespace oree::serving {

struct OipServer {
  std::string name;
  std::string version;
};

// `repository` must outlive the router.
void mount_oip_v2(http::Router& router, ModelRepository& repository, const OipServer& server);

// What this dialect answers where no route does, for http::ServerOptions::error_page; nullopt for paths that
// are not its own.
std::optional<http::Response> oip_v2_error_page(int status, std::string_view what,
                                                const http::Request& request);

}  // namespace oree::serving

// The model repository extension: index, load, unload. POST /v2/repository/…
// https://github.com/triton-inference-server/server, docs/protocol/extension_model_repository.md
#pragma once

#include "core/inference/service/service.h"
#include "platform/http/message.h"

namespace oree::oip {

class Repository {
 public:
  explicit Repository(inference::Service& service) : service_(service) {}
  http::Response index(const http::Request& request) const;
  http::Response load(const http::Request& request) const;
  http::Response unload(const http::Request& request) const;
  // With the name of one repository among several, which is not supported.
  http::Response named(const http::Request& request) const;

 private:
  inference::Service& service_;
};

// What a load may give: a configuration, and files as base64 under "file:<path>".
Result<inference::LoadRequest> parse_load(std::string_view name, std::string_view body);

}  // namespace oree::oip

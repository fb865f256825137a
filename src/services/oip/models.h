// What models are: metadata, readiness, configuration, statistics. GET …/models/…
#pragma once

#include "core/inference/service/service.h"
#include "platform/http/message.h"

namespace oree::oip {

class Models {
 public:
  explicit Models(inference::Service& service) : service_(service) {}
  http::Response metadata(const http::Request& request) const;
  http::Response ready(const http::Request& request) const;
  http::Response config(const http::Request& request) const;
  http::Response statistics(const http::Request& request) const;

 private:
  inference::Service& service_;
};

}  // namespace oree::oip

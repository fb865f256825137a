#include "services/dialects/ovms.h"

#include "platform/json/value.h"
#include "services/dialects/tf_serving.h"

namespace oree::dialects {

namespace {

using http::Request;
using http::Response;

Response config(const inference::Service& service, int status) {
  json::Value body{json::Object{}};
  const std::vector<inference::IndexRow> rows = service.index();
  for (const inference::IndexRow& row : rows) {
    if (body.find(row.name) != nullptr) continue;
    body.set(row.name, json::Object{{"model_version_status", version_status(rows, row.name, "")}});
  }
  return http::json(status, json::print(body, 1));
}

}  // namespace

void mount_ovms(http::Router& router, inference::Service& service, std::function<Status()> reload) {
  router.add({"GET", "/v1/config", "ovms", "Every model with the state of its versions.",
              [&service](const Request&) { return config(service, 200); }});
  router.add({"POST", "/v1/config/reload", "ovms", "Looks at the repository again.",
              [&service, reload = std::move(reload)](const Request&) {
                if (const Status reloaded = reload(); !reloaded) {
                  return http::json(500, json::print(json::Object{{"error", reloaded.error().what}}));
                }
                return config(service, 201);
              }});
}

}  // namespace oree::dialects

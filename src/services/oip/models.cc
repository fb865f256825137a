#include "services/oip/models.h"

#include <array>

#include "platform/json/value.h"
#include "services/oip/error.h"
#include "services/oip/infer.h"

namespace oree::oip {

namespace {

using inference::ModelStatistics;

json::Value ports(const std::vector<inference::PortDescription>& all) {
  json::Array rows;
  for (const inference::PortDescription& port : all) {
    json::Value& row = rows.emplace_back();
    row.set("name", port.spec.name);
    row.set("datatype", tensor::facts(port.spec.dtype).name);
    row.set("shape", json::Array(port.spec.shape.begin(), port.spec.shape.end()));
  }
  return rows;
}

json::Value duration(const inference::Duration& duration) {
  return json::Object{{"count", duration.count}, {"ns", duration.ns}};
}

json::Value batches(const ModelStatistics& model) {
  json::Array rows;
  for (const inference::BatchStatistics& batch : model.batches) {
    rows.push_back(json::Object{{"batch_size", batch.batch_size},
                                {"compute_input", duration(batch.compute_input)},
                                {"compute_infer", duration(batch.compute_infer)},
                                {"compute_output", duration(batch.compute_output)}});
  }
  return rows;
}

json::Value row(const ModelStatistics& model) {
  json::Value row;
  row.set("name", model.name);
  row.set("version", model.version);
  row.set("last_inference", model.last_inference_ms);
  row.set("inference_count", model.inference_count);
  row.set("execution_count", model.execution_count);
  row.set("inference_stats", json::Object{{"success", duration(model.success)},
                                          {"fail", duration(model.fail)},
                                          {"queue", duration(model.queue)},
                                          {"compute_input", duration(model.compute_input)},
                                          {"compute_infer", duration(model.compute_infer)},
                                          {"compute_output", duration(model.compute_output)},
                                          {"cache_hit", duration(model.cache_hit)},
                                          {"cache_miss", duration(model.cache_miss)}});
  row.set("batch_stats", batches(model));
  json::Array memory;
  if (model.memory_bytes > 0)
    memory.push_back(json::Object{{"type", "CPU"}, {"id", 0}, {"byte_size", model.memory_bytes}});
  row.set("memory_usage", std::move(memory));
  row.set("response_stats", json::Object{});  // of models that answer in parts: there are none
  return row;
}

}  // namespace

http::Response Models::metadata(const http::Request& request) const {
  const auto served = find_model(service_, request, inference::Wait::yes);
  if (!served) return error_answer(served.error());
  const inference::Description& model = (*served)->description();
  json::Array versions;
  if (const auto ready = service_.versions(model.name)) versions.assign(ready->begin(), ready->end());
  json::Value body;
  body.set("name", model.name);
  body.set("versions", std::move(versions));
  body.set("platform", model.platform);
  body.set("inputs", ports(model.inputs));
  body.set("outputs", ports(model.outputs));
  return http::json(200, json::print(body));
}

http::Response Models::ready(const http::Request& request) const {
  const auto served = find_model(service_, request, inference::Wait::yes);
  if (!served && served.error().kind == ErrorKind::not_found) return error_answer(served.error());
  if (!served) return error_answer(400, "Model version not ready");
  json::Value body;
  body.set("name", (*served)->description().name);
  body.set("ready", true);
  return http::json(200, json::print(body));
}

http::Response Models::config(const http::Request& request) const {
  const auto served = find_model(service_, request, inference::Wait::yes);
  if (!served) return error_answer(served.error());
  return http::json(200, (*served)->config_json());
}

http::Response Models::statistics(const http::Request& request) const {
  const auto rows = service_.statistics(request.capture("model"), request.capture("version"));
  if (!rows) return error_answer(rows.error());
  json::Array all;
  for (const ModelStatistics& model : *rows) all.push_back(row(model));
  return http::json(200, json::print(json::Value(json::Object{{"model_stats", std::move(all)}})));
}

}  // namespace oree::oip

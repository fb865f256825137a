#include "nodes/server/sheet.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::server {

namespace {

using http::Request;
using http::Response;
using inference::Duration;
using inference::IndexRow;
using inference::ModelStatistics;
using json::Array;
using json::Object;
using json::Value;

Response refusal(const Error& error) {
  return http::json(facts(error.kind).http_status, json::print(Object{{"error", error.what}}));
}

Array ports_json(const std::vector<inference::PortDescription>& ports) {
  Array out;
  for (const inference::PortDescription& port : ports) {
    out.emplace_back(Object{{"name", port.spec.name},
                            {"datatype", tensor::facts(port.spec.dtype).name},
                            {"shape", Array(port.spec.shape.begin(), port.spec.shape.end())},
                            {"optional", port.optional},
                            {"labels", port.labels.size()}});
  }
  return out;
}

double mean_us(const Duration& duration) {
  return duration.count == 0 ? 0
                             : static_cast<double>(duration.ns) / 1e3 / static_cast<double>(duration.count);
}

// "onnxruntime_onnx" → "onnxruntime"
std::string backend_of(std::string_view platform) {
  return std::string(platform.substr(0, platform.find('_')));
}

void add_statistics(Object& version, const ModelStatistics& did) {
  Array measured, batches;
  for (const inference::MeasuredRun& run : did.measured) {
    measured.emplace_back(Object{{"batch", run.batch_size}, {"us", run.us}});
  }
  for (const inference::BatchStatistics& batch : did.batches) {
    batches.emplace_back(Object{{"size", batch.batch_size},
                                {"runs", batch.compute_infer.count},
                                {"infer_us", mean_us(batch.compute_infer)}});
  }
  version.emplace_back("memory_bytes", did.memory_bytes);
  version.emplace_back("load_seconds", did.load_seconds);
  version.emplace_back("requests", did.success.count + did.fail.count);
  version.emplace_back("failures", did.fail.count);
  version.emplace_back("pending", did.pending);
  version.emplace_back("executions", did.execution_count);
  version.emplace_back("means_us", Object{{"queue", mean_us(did.queue)},
                                          {"input", mean_us(did.compute_input)},
                                          {"infer", mean_us(did.compute_infer)},
                                          {"output", mean_us(did.compute_output)}});
  version.emplace_back("latency_us",
                       did.p50_us > 0
                           ? Value(Object{{"p50", did.p50_us}, {"p95", did.p95_us}, {"p99", did.p99_us}})
                           : Value());
  version.emplace_back("measured", std::move(measured));
  version.emplace_back("batches", std::move(batches));
}

class Sheet {
 public:
  explicit Sheet(SheetParts parts) : parts_(std::move(parts)) {}

  Response show(const Request&) const {
    std::map<std::string, std::vector<IndexRow>> models;
    for (IndexRow& row : parts_.service.index()) models[row.name].push_back(std::move(row));
    Array listed;
    for (const auto& [name, rows] : models) listed.emplace_back(model_json(name, rows));
    Array backends;
    for (const std::string& backend : backends_of(models)) backends.emplace_back(backend);
    return http::json(200, json::print(Object{{"server", Object{{"name", parts_.name},
                                                                {"version", parts_.version},
                                                                {"backends", std::move(backends)},
                                                                {"grpc", parts_.grpc},
                                                                {"changes", parts_.changes}}},
                                              {"models", std::move(listed)}}));
  }

  Response set_default(const Request& request) const {
    if (!parts_.set_default || !parts_.changes) {
      return refusal({ErrorKind::denied, "versions answer by the models' own policies here"});
    }
    const auto body = json::parse(request.body);
    const Value* version = body ? body->find("version") : nullptr;
    if (version == nullptr || version->text() == nullptr) {
      return refusal({ErrorKind::invalid, "the body is to be {\"version\": \"2\"}"});
    }
    const Status set = parts_.set_default(request.capture("model"), *version->text());
    return set ? http::json(200, "{}") : refusal(set.error());
  }

 private:
  // Of the ready versions.
  std::set<std::string> backends_of(const std::map<std::string, std::vector<IndexRow>>& models) const {
    std::set<std::string> found;
    for (const auto& [name, rows] : models) {
      const auto served = parts_.service.find(name, "", inference::Wait::no);
      if (served) found.insert(backend_of((*served)->description().platform));
    }
    return found;
  }

  Object model_json(const std::string& name, const std::vector<IndexRow>& rows) const {
    const auto answering = parts_.service.find(name, "", inference::Wait::no);
    Array versions;
    for (const IndexRow& row : rows) versions.emplace_back(version_json(row));
    return {{"name", name},
            {"platform", answering ? (*answering)->description().platform : std::string()},
            {"default", answering ? Value((*answering)->description().version) : Value()},
            {"versions", std::move(versions)}};
  }

  Object version_json(const IndexRow& row) const {
    Object version{{"version", row.version}, {"state", row.state}, {"reason", row.reason}};
    const auto served =
        row.state == "READY"
            ? parts_.service.find(row.name, row.version, inference::Wait::no)
            : Result<std::shared_ptr<inference::Served>>(fail(ErrorKind::unavailable, "not ready"));
    const inference::Description nothing;
    const inference::Description& model = served ? (*served)->description() : nothing;
    version.emplace_back("backend", backend_of(model.platform));
    version.emplace_back("quick", served && (*served)->quick());
    add_statistics(version, served ? (*served)->statistics() : ModelStatistics{});
    version.emplace_back("inputs", ports_json(model.inputs));
    version.emplace_back("outputs", ports_json(model.outputs));
    version.emplace_back("pictures", served && parts_.pictures.find(row.name, row.version).has_value());
    return version;
  }

  const SheetParts parts_;
};

}  // namespace

void mount_sheet(http::Router& router, SheetParts parts) {
  const auto sheet = std::make_shared<const Sheet>(std::move(parts));
  router.add({"GET", "/api/v1/models", "server", "Every version: its state, what it takes, its figures.",
              [sheet](const Request& request) { return sheet->show(request); }});
  router.add({"POST", "/api/v1/models/{model}/default", "server", "Which version answers when none is named.",
              [sheet](const Request& request) { return sheet->set_default(request); }});
}

}  // namespace oree::server

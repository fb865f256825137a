// The models as the Station page shows them: what they are, whether they are ready and how fast they have
// been.
#include "base/text.h"
#include "nodes/edge/station/parts.h"

namespace oree::edge {
namespace {

using json::Array;
using json::Object;

std::string tensor_text(const tensor::TensorSpec& spec) {
  std::string out;
  for (const int64_t dimension : spec.shape) {
    if (!out.empty()) out += "×";
    out += dimension < 0 ? "?" : cat(dimension);
  }
  return cat(out, " ", tensor::facts(spec.dtype).name);
}

void add_loaded(Object& out, const serving::ServedModel& model) {
  Array labels;
  for (const auto& label : model.manifest.labels) labels.push_back(label);
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(model.manifest.model_file, ignored);
  const auto& inputs = model.model->signature().inputs;
  out.emplace_back("backend", model.model->backend());
  out.emplace_back("task", package::task_name(model.manifest.task));
  out.emplace_back("bytes", ignored ? uint64_t{0} : uint64_t{bytes});
  out.emplace_back("labels", std::move(labels));
  out.emplace_back("input", inputs.empty() ? std::string() : tensor_text(inputs.front()));
  out.emplace_back("digest", model.identity.digest);
  out.emplace_back("licence", model.manifest.licence);
  out.emplace_back("runs", model.runs->value());
  out.emplace_back("infer_p50_us", int64_t{model.infer_time->percentile(50).count()});
  out.emplace_back("infer_p95_us", int64_t{model.infer_time->percentile(95).count()});
}

std::string_view state_text(serving::ModelState state) {
  switch (state) {
    case serving::ModelState::ready:
      return "ready";
    case serving::ModelState::loading:
      return "loading";
    case serving::ModelState::not_loaded:
    case serving::ModelState::unloading:
      return "not loaded";
    case serving::ModelState::unavailable:
      break;
  }
  return "failed";
}

}  // namespace

json::Value models_json(const Parts& parts) {
  Array out;
  for (const auto& status : parts.models.list()) {
    Object row{{"name", status.name},
               {"version", status.version},
               {"state", state_text(status.state)},
               {"reason", status.reason}};
    if (status.state == serving::ModelState::ready) {
      if (const auto model = parts.models.served(status.name, status.version)) add_loaded(row, **model);
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace oree::edge

#include "core/inference/testing/model_service.h"

#include <algorithm>

#include "base/text.h"

namespace oree::inference::testing {

namespace {

class Plain final : public Served {
 public:
  Plain(Description description, std::unique_ptr<Model> model, std::string config)
      : description_(std::move(description)), model_(std::move(model)), config_(std::move(config)) {}

  const Description& description() const override { return description_; }
  const std::string& config_json() const override { return config_; }
  bool quick() const override { return true; }

  void start(Call& call) override {
    Status ran = run(call);
    {
      const std::lock_guard lock(mutex_);
      Duration& outcome = ran ? statistics_.success : statistics_.fail;
      ++outcome.count;
      ++statistics_.execution_count;
    }
    call.finished(std::move(ran));
  }

  ModelStatistics statistics() const override {
    const std::lock_guard lock(mutex_);
    ModelStatistics copy = statistics_;
    copy.name = description_.name;
    copy.version = description_.version;
    return copy;
  }

 private:
  Status run(Call& call) {
    if (Status fits = check_call(description_, call); !fits) return fits;
    std::vector<tensor::Tensor> aligned;
    std::vector<tensor::TensorView> inputs;
    for (const PortDescription& port : description_.inputs) {
      const CallInput& input = *std::ranges::find(call.inputs, port.spec.name, &CallInput::name);
      if (port.spec.dtype == tensor::DType::text) {
        inputs.push_back({input.dtype, input.shape, input.data});
        continue;
      }
      Result<tensor::Tensor> copy =
          tensor::Tensor::create(input.dtype, tensor::Shape(input.shape.begin(), input.shape.end()));
      if (!copy) return forward(copy);
      std::ranges::copy(input.data, copy->mutable_bytes().begin());
      inputs.push_back(aligned.emplace_back(std::move(*copy)).view());
    }
    std::vector<Output> outputs(description_.outputs.size());
    if (Status ran = model_->run(inputs, outputs); !ran) return ran;
    for (CallOutput& wanted : call.outputs) wanted.tensor = outputs[wanted.index];
    return place(call);
  }

  static Status place(Call& call) {
    for (CallOutput& wanted : call.outputs) {
      if (wanted.preset.empty()) continue;
      if (wanted.preset.size() < wanted.tensor.data.size()) {
        return fail(ErrorKind::invalid, cat("output '", wanted.name, "' needs ", wanted.tensor.data.size(),
                                            " bytes; its place holds ", wanted.preset.size()));
      }
      std::ranges::copy(wanted.tensor.data, wanted.preset.begin());
      wanted.tensor.data = wanted.preset.first(wanted.tensor.data.size());
    }
    return {};
  }

  Description description_;
  std::unique_ptr<Model> model_;
  std::string config_;
  mutable std::mutex mutex_;
  ModelStatistics statistics_;
};

std::unexpected<Error> unknown(std::string_view name) {
  return fail(ErrorKind::not_found, cat("Request for unknown model: '", name, "' is not found"));
}

}  // namespace

void ModelService::add(std::string name, std::unique_ptr<Model> model, int64_t max_batch_size) {
  Description description{std::move(name), "1", "fake", max_batch_size, {}, {}};
  for (const tensor::TensorSpec& spec : model->signature().inputs)
    description.inputs.push_back({spec, false, {}});
  for (const tensor::TensorSpec& spec : model->signature().outputs)
    description.outputs.push_back({spec, false, {}});
  add(std::move(description), std::move(model));
}

void ModelService::add(Description description, std::unique_ptr<Model> model, std::string config_json) {
  const std::lock_guard lock(mutex_);
  std::string name = description.name;
  models_[std::move(name)] = {
      std::make_shared<Plain>(std::move(description), std::move(model), std::move(config_json)), true};
}

Result<std::shared_ptr<Served>> ModelService::find(std::string_view name, std::string_view version, Wait) {
  const std::lock_guard lock(mutex_);
  const auto at = models_.find(name);
  if (at == models_.end()) return unknown(name);
  if (!at->second.loaded) {
    return fail(ErrorKind::unavailable,
                cat("Request for unknown model: '", name, "' has no available versions"));
  }
  if (!version.empty() && version != at->second.served->description().version) {
    return fail(ErrorKind::not_found,
                cat("Request for unknown model: '", name, "' version ", version, " is not found"));
  }
  return at->second.served;
}

Result<std::vector<std::string>> ModelService::versions(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto at = models_.find(name);
  if (at == models_.end()) return unknown(name);
  if (!at->second.loaded) return std::vector<std::string>{};
  return std::vector{at->second.served->description().version};
}

std::vector<IndexRow> ModelService::index() const {
  const std::lock_guard lock(mutex_);
  std::vector<IndexRow> rows;
  for (const auto& [name, entry] : models_) {
    rows.push_back({name, entry.served->description().version, entry.loaded ? "READY" : "UNAVAILABLE",
                    entry.loaded ? "" : "unloaded"});
  }
  return rows;
}

Status ModelService::load(std::string_view name, const LoadRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto at = models_.find(name);
  if (at == models_.end())
    return fail(ErrorKind::invalid, cat("failed to load '", name, "', failed to poll from model repository"));
  at->second.loaded = true;
  last_load = request;
  return {};
}

Status ModelService::unload(std::string_view name, bool) {
  const std::lock_guard lock(mutex_);
  const auto at = models_.find(name);
  if (at != models_.end()) at->second.loaded = false;
  return {};
}

Result<std::vector<ModelStatistics>> ModelService::statistics(std::string_view name,
                                                              std::string_view version) {
  const std::lock_guard lock(mutex_);
  std::vector<ModelStatistics> rows;
  for (const auto& [each, entry] : models_) {
    if ((name.empty() || name == each) && entry.loaded &&
        (version.empty() || version == entry.served->description().version)) {
      rows.push_back(entry.served->statistics());
    }
  }
  if (rows.empty() && !name.empty()) return unknown(name);
  return rows;
}

}  // namespace oree::inference::testing

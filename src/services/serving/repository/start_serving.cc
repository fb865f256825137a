// Of ModelLoader: from a loaded network, or an ensemble's steps, to what clients ask.
#include <algorithm>

#include "base/text.h"
#include "core/modelconfig/complete.h"
#include "core/modelconfig/parse.h"
#include "core/modelconfig/validate.h"
#include "services/serving/repository/description.h"
#include "services/serving/repository/model_loader.h"
#include "services/serving/repository/warm_up_samples.h"
#include "services/serving/scheduler/metrics.h"
#include "services/serving/scheduler/scheduled.h"

namespace oree::serving {

using modelconfig::ModelFolder;

namespace {

// What stands for an ensemble where somebody wants its network: it has ports, and no network of its own.
class StepsOnly final : public inference::Model {
 public:
  explicit StepsOnly(const modelconfig::ModelConfig& config) {
    for (const auto& port : config.input) {
      ports_.inputs.push_back({port.name, *port.data_type, modelconfig::wire_shape(config, port.dims)});
    }
    for (const auto& port : config.output) {
      ports_.outputs.push_back({port.name, *port.data_type, modelconfig::wire_shape(config, port.dims)});
    }
  }
  const inference::Signature& signature() const override { return ports_; }
  std::string_view backend() const override { return "ensemble"; }
  Status run(std::span<const tensor::TensorView>, std::span<inference::Output>) const override {
    return fail(ErrorKind::unsupported, "an ensemble has no network of its own");
  }

 private:
  inference::Signature ports_;
};

// Nobody said how many of it may run at once, and nothing but processors limits it.
bool is_uncounted(const modelconfig::ModelConfig& config) {
  return !config.sequence_batching && !config.ensemble_scheduling &&
         std::ranges::all_of(config.instance_group, [](const modelconfig::InstanceGroup& group) {
           return group.count == 0 && group.kind != modelconfig::InstanceKind::gpu && group.gpus.empty();
         });
}

// Nobody said how many threads a run of it takes.
bool is_for_one_thread(const modelconfig::ModelConfig& config, const inference::LoadOptions& options) {
  const auto said = config.parameters.find("intra_op_thread_count");
  return options.threads == 1 && (said == config.parameters.end() || said->second == "0");
}

}  // namespace

Status ModelLoader::start_serving(ServedModel& served, const ModelFolder& model, double load_seconds) const {
  auto description = describe_model(served.config, served.manifest, served.platform, model.folder);
  if (!description) return forward(description);
  ScheduledParts parts;
  parts.description = std::move(*description);
  parts.config_json = print_json(served.config);
  parts.settings = scheduler_settings(served.config);
  if (is_uncounted(model.config)) run_on_all_processors(parts.settings);
  if (is_for_one_thread(model.config, parts_.options)) parts.settings.most_threads = processors();
  parts.load_seconds = load_seconds;
  parts.memory_bytes = served.bytes;
  std::shared_ptr<CountedModel> network;
  if (!served.config.ensemble_scheduling) {
    const RunCounters counters{served.runs, served.failures, served.infer_time, served.own_counters};
    network =
        std::make_shared<CountedModel>(served.model, served.identity, counters, served.tap, served.config);
    if (Status warm = run_warm_up(*network, served.config, model.folder); !warm) return warm;
    auto states = read_initial_states(served.config, model.folder);
    if (!states) return forward(states);
    parts.initial_states = std::move(*states);
    parts.models.push_back(network);
  }
  auto scheduled = schedule(std::move(parts), {*parts_.workers, *parts_.clock, parts_.service, parts_.cache,
                                               parts_.rates, parts_.bound});
  if (!scheduled) return forward(scheduled);
  if (network) network->count_from_now();
  if (parts_.shown != nullptr) parts_.shown->add(*scheduled, served.config.metric_tags);
  served.workers = parts_.workers;
  served.served = std::move(*scheduled);
  return {};
}

Result<std::shared_ptr<const ServedModel>> ModelLoader::load_ensemble(const ModelFolder& model,
                                                                      uint64_t version) const {
  auto served = std::make_shared<ServedModel>();
  served->config = model.config;
  if (Status named = complete_defaults(served->config, model.name); !named) return forward(named);
  if (Status valid = validate(served->config); !valid) return forward(valid);
  served->identity = {model.name, cat(version), cat("ensemble-", model.mark)};
  served->platform = "ensemble";
  served->manifest.name = model.name;
  served->manifest.version = cat(version);
  served->manifest.folder = model.versions.at(version).folder;
  served->model = std::make_shared<StepsOnly>(served->config);
  served->tensors_only_because = "an ensemble takes tensors";
  add_counters(*served);
  if (parts_.workers == nullptr) {
    return fail(ErrorKind::unsupported, cat("ensemble '", model.name, "' is served by a repository only"));
  }
  if (Status serving = start_serving(*served, model, 0); !serving) return forward(serving);
  return served;
}

}  // namespace oree::serving

#include <map>
#include <set>

#include "base/text.h"
#include "core/modelconfig/validate.h"

namespace oree::modelconfig {

namespace {

template <class... Parts>
std::unexpected<Error> wrong(const Parts&... parts) {
  return fail(ErrorKind::invalid, cat(parts...));
}

// One of the ensemble's tensors: which step writes it, which read it.
struct Flow {
  const EnsembleStep* writer = nullptr;
  std::set<const EnsembleStep*> readers;
  bool ready = false;
};
using Flows = std::map<std::string, Flow, std::less<>>;

Status check_step(const ModelConfig& config, const EnsembleStep& step, size_t at) {
  const std::string where = cat("' in step ", at, " of ensemble '", config.name, "'");
  if (step.model_name.empty()) return wrong("must specify 'model_name", where);
  if (step.input_map.empty()) return wrong("must specify 'input_map", where);
  if (step.output_map.empty()) return wrong("must specify 'output_map", where);
  for (const auto& [port, tensor] : step.input_map) {
    if (tensor.empty()) return wrong("must specify 'input_map' value for input '", port, where);
  }
  for (const auto& [port, tensor] : step.output_map) {
    if (tensor.empty()) return wrong("must specify 'output_map' value for output '", port, where);
  }
  return {};
}

Result<Flows> flows_of(const ModelConfig& config) {
  Flows flows;
  for (size_t at = 0; const EnsembleStep& step : config.ensemble_scheduling->step) {
    if (Status checked = check_step(config, step, at); !checked) return forward(checked);
    for (const auto& [port, tensor] : step.output_map) {
      Flow& flow = flows[tensor];
      if (flow.writer != nullptr) {
        return wrong("ensemble tensor '", tensor, "' can appear in an output map only once for ensemble '",
                     config.name, "' step ", at);
      }
      flow.writer = &step;
    }
    for (const auto& [port, tensor] : step.input_map) flows[tensor].readers.insert(&step);
    ++at;
  }
  return flows;
}

// Marks what can be known, step after step, until nothing changes.
void spread(const ModelConfig& config, Flows& flows) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const EnsembleStep& step : config.ensemble_scheduling->step) {
      bool runs = true;
      for (const auto& [port, tensor] : step.input_map) runs = runs && flows[tensor].ready;
      if (!runs) continue;
      for (const auto& [port, tensor] : step.output_map) {
        changed = changed || !flows[tensor].ready;
        flows[tensor].ready = true;
      }
    }
  }
}

// The first tensor on the way to `tensor` that nobody writes, or that waits for itself.
std::string missing_before(const Flows& flows, const std::string& tensor) {
  std::set<std::string> seen{tensor};
  std::string last = tensor;
  for (bool further = true; further;) {
    further = false;
    const Flow& flow = flows.find(last)->second;
    if (flow.writer == nullptr) break;
    for (const auto& [port, needed] : flow.writer->input_map) {
      if (flows.find(needed)->second.ready || !seen.insert(needed).second) continue;
      last = needed;
      further = true;
      break;
    }
  }
  return last;
}

Status check_outputs(const ModelConfig& config, const Flows& flows) {
  for (const Output& output : config.output) {
    const auto at = flows.find(output.name);
    if (at == flows.end()) {
      return wrong("ensemble output '", output.name, "' for ensemble ", config.name, "' is not used");
    }
    if (at->second.ready) continue;
    const std::string missing = missing_before(flows, output.name);
    return wrong("output '", output.name, "' for ensemble '", config.name, "' is not written",
                 missing == output.name
                     ? std::string()
                     : cat(": at least one of its depending tensors, '", missing, "', is not connected"));
  }
  return {};
}

Status check_frame(const ModelConfig& config) {
  if (config.platform != "ensemble") {
    return wrong("ensemble scheduling cannot be set for model '", config.name,
                 "' whose platform is not ensemble");
  }
  if (!config.instance_group.empty()) {
    return wrong("instance group should not be specified for ensemble '", config.name, "'");
  }
  if (config.optimization)
    return wrong("optimization should not be specified for ensemble '", config.name, "'");
  if (!config.model_warmup.empty()) {
    return wrong("model_warmup can not be specified for ensemble '", config.name, "'");
  }
  if (config.ensemble_scheduling->step.empty())
    return wrong("must specify 'step' for ensemble '", config.name, "'");
  return {};
}

}  // namespace

Status validate_ensemble(const ModelConfig& config) {
  if (Status frame = check_frame(config); !frame) return frame;
  Result<Flows> flows = flows_of(config);
  if (!flows) return forward(flows);
  for (const Input& input : config.input) {
    const auto at = flows->find(input.name);
    if (at == flows->end()) {
      return wrong("ensemble input '", input.name, "' for ensemble ", config.name, "' is not used");
    }
    at->second.ready = true;
  }
  spread(config, *flows);
  if (Status outputs = check_outputs(config, *flows); !outputs) return outputs;
  std::set<std::string_view> given;
  for (const Output& output : config.output) given.insert(output.name);
  for (const auto& [tensor, flow] : *flows) {
    if (given.contains(tensor) || (flow.ready && !flow.readers.empty())) continue;
    return wrong("ensemble tensor '", tensor, "' is unused in ensemble '", config.name, "'");
  }
  return {};
}

}  // namespace oree::modelconfig

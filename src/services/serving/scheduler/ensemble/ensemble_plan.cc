#include "services/serving/scheduler/ensemble/ensemble_plan.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "core/modelconfig/names.h"
#include "platform/tensor/tensor.h"

namespace oree::serving {

namespace {

using inference::Description;
using inference::PortDescription;
using modelconfig::EnsembleStep;
using Step = EnsemblePlan::Step;

// What a tensor is known to be, and by which model.
struct Known {
  std::string model;
  const PortDescription* port = nullptr;
};

class Planner {
 public:
  Planner(const Description& description, const modelconfig::Ensembling& settings,
          const EnsemblePlan::ModelOf& model_of)
      : description_(description), settings_(settings), model_of_(model_of) {}

  Result<EnsemblePlan> plan() {
    for (const PortDescription& port : description_.inputs) {
      known_.emplace(port.spec.name, Known{description_.name, &port});
      plan_.tensors.push_back(port.spec.name);
    }
    for (const PortDescription& port : description_.outputs) {
      known_.emplace(port.spec.name, Known{description_.name, &port});
    }
    if (settings_.step.empty() || settings_.step.size() > EnsemblePlan::kMostSteps) {
      return wrong(cat("must have 1 to ", EnsemblePlan::kMostSteps, " steps, not ", settings_.step.size()));
    }
    models_.reserve(settings_.step.size());
    for (const EnsembleStep& step : settings_.step) {
      if (Status outputs = add_step(step); !outputs) return forward(outputs);
    }
    for (size_t i = 0; i < settings_.step.size(); ++i) {
      if (Status inputs = bind_inputs(i); !inputs) return forward(inputs);
    }
    if (Status outputs = bind_outputs(); !outputs) return forward(outputs);
    if (Status order = put_in_order(); !order) return forward(order);
    plan_.readers.resize(plan_.tensors.size());
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      for (const size_t tensor : plan_.steps[i].waits_for) plan_.readers[tensor].push_back(i);
    }
    return std::move(plan_);
  }

 private:
  std::unexpected<Error> wrong(const std::string& what) const {
    return fail(ErrorKind::invalid, cat("ensemble '", description_.name, "' ", what));
  }
  // In the protocol's first server's words: people search for them.
  template <class... Parts>
  std::unexpected<Error> within(const Parts&... parts) const {
    return fail(ErrorKind::invalid, cat("in ensemble ", description_.name, ", ", parts...));
  }

  int tensor_of(const std::string& name) const {
    const auto at = std::ranges::find(plan_.tensors, name);
    return at == plan_.tensors.end() ? -1 : static_cast<int>(at - plan_.tensors.begin());
  }

  static const PortDescription* port_of(const std::vector<PortDescription>& ports, const std::string& name) {
    const auto at =
        std::ranges::find(ports, name, [](const PortDescription& port) { return port.spec.name; });
    return at == ports.end() ? nullptr : &*at;
  }

  Status add_step(const EnsembleStep& wanted) {
    Step step{wanted.model_name, wanted.model_version > 0 ? cat(wanted.model_version) : "", {}, {}, {}};
    Result<Description> model = model_of_(step.model, step.version);
    if (!model) return forward(model, cat("ensemble '", description_.name, "', step '", step.model, "'"));
    models_.push_back(std::move(*model));
    const Description& described = models_.back();
    if (described.max_batch_size != 0 && described.max_batch_size < description_.max_batch_size) {
      return fail(ErrorKind::invalid,
                  cat("ensemble ", description_.name, " allows maximum batch size ",
                      description_.max_batch_size, ", but it contains model ", step.model,
                      " which only allows maximum batch size to be ", described.max_batch_size));
    }
    if (Status inputs = check_inputs(wanted, described); !inputs) return inputs;
    for (const auto& [port, name] : wanted.output_map) {
      const PortDescription* made = port_of(described.outputs, port);
      if (made == nullptr) {
        return within("ensemble tensor ", name, " is mapped from non-existing output ", port, " in model ",
                      step.model);
      }
      if (tensor_of(name) >= 0) return wrong(cat("has two origins of tensor '", name, "'"));
      if (Status fits = check_fit(name, step.model, *made); !fits) return fits;
      step.outputs.push_back({port, plan_.tensors.size()});
      plan_.tensors.push_back(name);
    }
    plan_.steps.push_back(std::move(step));
    return {};
  }

  Status check_inputs(const EnsembleStep& step, const Description& model) {
    for (const auto& [port, name] : step.input_map) {
      if (port_of(model.inputs, port) != nullptr) continue;
      return within("ensemble tensor ", name, " is mapping to non-existing input ", port, " in model ",
                    step.model_name);
    }
    for (const PortDescription& port : model.inputs) {
      const auto mapped = step.input_map.find(port.spec.name);
      if (mapped == step.input_map.end()) {
        if (port.optional) continue;
        return within("input ", port.spec.name, " in model ", step.model_name,
                      " is not mapped to any ensemble tensors");
      }
      if (Status fits = check_fit(mapped->second, step.model_name, port); !fits) return fits;
    }
    return {};
  }

  Status bind_inputs(size_t at) {
    Step& step = plan_.steps[at];
    for (const auto& [port, name] : settings_.step[at].input_map) {
      const int tensor = tensor_of(name);
      if (tensor < 0) {
        return wrong(cat("gives tensor '", name, "' to step '", step.model,
                         "', and neither an input of the ensemble nor an output of a step is called so"));
      }
      const auto number = static_cast<size_t>(tensor);
      step.inputs.push_back({port, number});
      if (std::ranges::find(step.waits_for, number) == step.waits_for.end()) step.waits_for.push_back(number);
    }
    return {};
  }

  // Whether the tensor is the same wherever it was seen.
  Status check_fit(const std::string& tensor, const std::string& model, const PortDescription& port) {
    const auto [at, first] = known_.emplace(tensor, Known{model, &port});
    if (first) return {};
    const tensor::TensorSpec &seen = at->second.port->spec, &now = port.spec;
    const auto inferred = [&](std::string_view what, const std::string& then, const std::string& here) {
      return within("ensemble tensor ", tensor, ": inconsistent ", what, ": ", then,
                    " is inferred from model ", at->second.model, " while ", here, " is inferred from model ",
                    model);
    };
    if (seen.dtype != now.dtype) {
      return inferred("data type", std::string(modelconfig::type_name(seen.dtype)),
                      std::string(modelconfig::type_name(now.dtype)));
    }
    bool fits = seen.shape.size() == now.shape.size();
    for (size_t i = 0; fits && i < seen.shape.size(); ++i) {
      fits = seen.shape[i] < 0 || now.shape[i] < 0 || seen.shape[i] == now.shape[i];
    }
    if (fits) return {};
    return inferred("shape", tensor::shape_text(seen.shape), tensor::shape_text(now.shape));
  }

  Status bind_outputs() {
    for (const PortDescription& port : description_.outputs) {
      const int tensor = tensor_of(port.spec.name);
      if (tensor < 0) {
        return wrong(cat("has an output '", port.spec.name, "' that no step gives: map one in output_map"));
      }
      plan_.outputs.push_back(static_cast<size_t>(tensor));
    }
    return {};
  }

  // Steps whose tensors are all there come first, until none is left or none can.
  Status put_in_order() {
    std::vector<bool> there(plan_.tensors.size(), false);
    std::fill_n(there.begin(), description_.inputs.size(), true);
    std::vector<Step> ordered, left = std::move(plan_.steps);
    while (!left.empty()) {
      const auto next = std::ranges::find_if(left, [&](const Step& step) {
        return std::ranges::all_of(step.waits_for, [&](size_t tensor) { return there[tensor]; });
      });
      if (next == left.end()) {
        return wrong(cat("has a cycle: step '", left.front().model, "' waits for its own output"));
      }
      for (const auto& output : next->outputs) there[output.tensor] = true;
      ordered.push_back(std::move(*next));
      left.erase(next);
    }
    plan_.steps = std::move(ordered);
    return {};
  }

  const Description& description_;
  const modelconfig::Ensembling& settings_;
  const EnsemblePlan::ModelOf& model_of_;
  std::vector<Description> models_;
  std::map<std::string, Known, std::less<>> known_;  // tensors, by the name that the ensemble gives them
  EnsemblePlan plan_;
};

}  // namespace

Result<EnsemblePlan> EnsemblePlan::create(const Description& description,
                                          const modelconfig::Ensembling& settings, const ModelOf& model_of) {
  return Planner(description, settings, model_of).plan();
}

}  // namespace oree::serving

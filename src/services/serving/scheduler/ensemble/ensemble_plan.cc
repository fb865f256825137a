#include "services/serving/scheduler/ensemble/ensemble_plan.h"

#include <algorithm>

#include "base/text.h"
#include "platform/tensor/tensor.h"

namespace oree::serving {

namespace {

using inference::Description;
using inference::PortDescription;
using modelconfig::EnsembleStep;
using Step = EnsemblePlan::Step;

// Where a tensor comes from, with what it is known to be.
struct Origin {
  std::string from;  // for errors
  const PortDescription* port = nullptr;
};

class Planner {
 public:
  Planner(const Description& description, const modelconfig::Ensembling& settings,
          const EnsemblePlan::ModelOf& model_of)
      : description_(description), settings_(settings), model_of_(model_of) {}

  Result<EnsemblePlan> plan() {
    for (const PortDescription& port : description_.inputs) {
      origins_.push_back({cat("input '", port.spec.name, "'"), &port});
      plan_.tensors.push_back(port.spec.name);
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
    for (const auto& [port, name] : wanted.output_map) {
      const PortDescription* made = port_of(models_.back().outputs, port);
      if (made == nullptr) {
        return wrong(cat("maps output '", port, "' of model '", step.model, "', which has no such output"));
      }
      if (const int known = tensor_of(name); known >= 0) {
        return wrong(cat("has two origins of tensor '", name,
                         "': ", origins_[static_cast<size_t>(known)].from, " and step '", step.model, "'"));
      }
      step.outputs.push_back({port, plan_.tensors.size()});
      plan_.tensors.push_back(name);
      origins_.push_back({cat("step '", step.model, "'"), made});
    }
    plan_.steps.push_back(std::move(step));
    return {};
  }

  Status bind_inputs(size_t at) {
    Step& step = plan_.steps[at];
    for (const auto& [port, name] : settings_.step[at].input_map) {
      const PortDescription* wanted = port_of(models_[at].inputs, port);
      if (wanted == nullptr) {
        return wrong(cat("maps input '", port, "' of model '", step.model, "', which has no such input"));
      }
      const int tensor = tensor_of(name);
      if (tensor < 0) {
        return wrong(cat("gives tensor '", name, "' to step '", step.model,
                         "', and neither an input of the ensemble nor an output of a step is called so"));
      }
      const auto number = static_cast<size_t>(tensor);
      if (Status fits = check_fit(*origins_[number].port, *wanted, step.model, name); !fits) return fits;
      step.inputs.push_back({port, number});
      if (std::ranges::find(step.waits_for, number) == step.waits_for.end()) step.waits_for.push_back(number);
    }
    for (const PortDescription& port : models_[at].inputs) {
      if (!port.optional && !settings_.step[at].input_map.contains(port.spec.name)) {
        return wrong(cat("gives nothing to input '", port.spec.name, "' of step '", step.model, "'"));
      }
    }
    return {};
  }

  Status check_fit(const PortDescription& from, const PortDescription& to, const std::string& step,
                   const std::string& tensor) const {
    if (from.spec.dtype != to.spec.dtype) {
      return wrong(cat("gives tensor '", tensor, "' of ", tensor::facts(from.spec.dtype).name, " to '",
                       to.spec.name, "' of '", step, "', which is ", tensor::facts(to.spec.dtype).name));
    }
    bool fits = from.spec.shape.size() == to.spec.shape.size();
    for (size_t i = 0; fits && i < from.spec.shape.size(); ++i) {
      const int64_t a = from.spec.shape[i], b = to.spec.shape[i];
      fits = a < 0 || b < 0 || a == b;
    }
    if (fits) return {};
    return wrong(cat("gives tensor '", tensor, "' of shape ", tensor::shape_text(from.spec.shape), " to '",
                     to.spec.name, "' of '", step, "', which takes ", tensor::shape_text(to.spec.shape)));
  }

  Status bind_outputs() {
    for (const PortDescription& port : description_.outputs) {
      const int tensor = tensor_of(port.spec.name);
      if (tensor < 0) {
        return wrong(cat("has an output '", port.spec.name, "' that no step gives: map one in output_map"));
      }
      const auto number = static_cast<size_t>(tensor);
      if (Status fits = check_fit(*origins_[number].port, port, description_.name, port.spec.name); !fits)
        return fits;
      plan_.outputs.push_back(number);
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
  std::vector<Origin> origins_;  // per tensor
  EnsemblePlan plan_;
};

}  // namespace

Result<EnsemblePlan> EnsemblePlan::create(const Description& description,
                                          const modelconfig::Ensembling& settings, const ModelOf& model_of) {
  return Planner(description, settings, model_of).plan();
}

}  // namespace oree::serving

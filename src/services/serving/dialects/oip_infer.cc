#include "services/serving/dialects/oip_infer.h"

#include <algorithm>

#include "base/text.h"

namespace oree::serving {

namespace {

using tensor::TensorSpec;

std::string quoted_list(const std::vector<std::string>& names) {
  std::string list = "[";
  for (const std::string& name : names) list += cat(list.size() > 1 ? "," : "", "'", name, "'");
  return list + "]";
}

Status check_names(const ServedModel& served, const InferRequest& request) {
  const std::vector<TensorSpec>& specs = served.model->signature().inputs;
  const std::string& model = served.identity.name;
  std::vector<std::string> given, missing;
  for (const InferInput& input : request.inputs) {
    if (std::ranges::find(specs, input.name, &TensorSpec::name) == specs.end()) {
      return fail(ErrorKind::invalid,
                  cat("unexpected inference input '", input.name, "' for model '", model, "'"));
    }
    if (std::ranges::find(given, input.name) != given.end()) {
      return fail(ErrorKind::invalid, cat("input '", input.name, "' already exists in request"));
    }
    given.push_back(input.name);
  }
  for (const TensorSpec& spec : specs) {
    if (std::ranges::find(given, spec.name) == given.end()) missing.push_back(spec.name);
  }
  if (missing.empty()) return {};
  return fail(ErrorKind::invalid,
              cat("expected ", specs.size(), " inputs but got ", given.size(), " inputs for model '", model,
                  "'. Got input(s) ", quoted_list(given), ", but missing required input(s) ",
                  quoted_list(missing), ". Please provide all required input(s)."));
}

Status check_input(const std::string& model, const TensorSpec& spec, const InferInput& input) {
  if (input.dtype != spec.dtype) {
    return fail(ErrorKind::invalid,
                cat("inference input '", spec.name, "' data-type is '", tensor::facts(input.dtype).name,
                    "', but model '", model, "' expects '", tensor::facts(spec.dtype).name, "'"));
  }
  if (!tensor::fits(input.shape, spec.shape)) {
    return fail(ErrorKind::invalid,
                cat("unexpected shape for input '", spec.name, "' for model '", model, "'. Expected ",
                    tensor::shape_text(spec.shape), ", got ", tensor::shape_text(input.shape)));
  }
  const Result<size_t> count = tensor::element_count(input.shape);
  if (!count) return forward(count, cat("input '", spec.name, "'"));
  const size_t expected = *count * tensor::facts(input.dtype).bytes;
  if (input.data.size() == expected) return {};
  return fail(ErrorKind::invalid, cat("input byte size mismatch for input '", spec.name, "' for model '",
                                      model, "'. Expected ", expected, ", got ", input.data.size()));
}

// Which of the model's outputs are wanted, in the order asked for.
Result<std::vector<size_t>> wanted_outputs(const ServedModel& served, const InferRequest& request) {
  const std::vector<TensorSpec>& specs = served.model->signature().outputs;
  std::vector<size_t> wanted;
  for (const std::string& name : request.outputs) {
    const auto spec = std::ranges::find(specs, name, &TensorSpec::name);
    if (spec == specs.end()) {
      return fail(ErrorKind::invalid,
                  cat("unexpected inference output '", name, "' for model '", served.identity.name, "'"));
    }
    const auto index = static_cast<size_t>(spec - specs.begin());
    if (std::ranges::find(wanted, index) != wanted.end()) {
      return fail(ErrorKind::invalid, cat("output '", name, "' already exists in request"));
    }
    wanted.push_back(index);
  }
  for (size_t i = 0; i < specs.size() && request.outputs.empty(); ++i) wanted.push_back(i);
  return wanted;
}

}  // namespace

Result<InferAnswer> infer(const ServedModel& served, const InferRequest& request) {
  if (Status names = check_names(served, request); !names) return forward(names);
  const inference::Signature& signature = served.model->signature();
  std::vector<tensor::TensorView> inputs;
  for (const TensorSpec& spec : signature.inputs) {
    const InferInput& input = *std::ranges::find(request.inputs, spec.name, &InferInput::name);
    if (Status fits = check_input(served.identity.name, spec, input); !fits) return forward(fits);
    inputs.push_back({input.dtype, input.shape, input.data});
  }
  const Result<std::vector<size_t>> wanted = wanted_outputs(served, request);
  if (!wanted) return forward(wanted);
  std::vector<inference::Output> outputs(signature.outputs.size());
  if (Status ran = served.run(inputs, outputs); !ran) return forward(ran);
  InferAnswer answer{served.identity.name, served.identity.version, request.id, {}};
  for (const size_t index : *wanted) {
    answer.outputs.push_back({signature.outputs[index].name, std::move(outputs[index])});
  }
  return answer;
}

}  // namespace oree::serving

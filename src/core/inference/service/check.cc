#include <algorithm>
#include <limits>

#include "base/text.h"
#include "core/inference/service/service.h"

namespace oree::inference {

namespace {

using tensor::DType;

const PortDescription* find_port(const std::vector<PortDescription>& ports, std::string_view name) {
  const auto at = std::ranges::find(ports, name, [](const PortDescription& port) { return port.spec.name; });
  return at == ports.end() ? nullptr : &*at;
}

const CallInput* find_input(const Call& call, std::string_view name) {
  const auto at = std::ranges::find(call.inputs, name, &CallInput::name);
  return at == call.inputs.end() ? nullptr : &*at;
}

std::string quoted_list(const std::vector<std::string_view>& names) {
  std::string list = "[";
  for (const std::string_view name : names) list += cat(list.size() > 1 ? "," : "", "'", name, "'");
  return list + "]";
}

std::unexpected<Error> missing_inputs(const Description& model, const Call& call) {
  std::vector<std::string_view> given, missing;
  for (const CallInput& input : call.inputs) given.push_back(input.name);
  for (const PortDescription& port : model.inputs) {
    if (!port.optional && find_input(call, port.spec.name) == nullptr) missing.push_back(port.spec.name);
  }
  const auto optional = std::ranges::count_if(model.inputs, &PortDescription::optional);
  const std::string expected =
      optional == 0 ? cat(model.inputs.size(), " inputs")
                    : cat("number of inputs between ", model.inputs.size() - static_cast<size_t>(optional),
                          " and ", model.inputs.size());
  return fail(ErrorKind::invalid,
              cat("expected ", expected, " but got ", given.size(), " inputs for model '", model.name,
                  "'. Got input(s) ", quoted_list(given), ", but missing required input(s) ",
                  quoted_list(missing), ". Please provide all required input(s)."));
}

std::unexpected<Error> wrong_size(const Description& model, const CallInput& input, uint64_t expected) {
  return fail(ErrorKind::invalid, cat("input byte size mismatch for input '", input.name, "' for model '",
                                      model.name, "'. Expected ", expected, ", got ", input.data.size()));
}

// Elements are counted by walking over their lengths.
Status check_text(const Description& model, const CallInput& input, size_t expected) {
  size_t at = 0, count = 0;
  while (at < input.data.size()) {
    if (input.data.size() - at < 4) {
      return fail(ErrorKind::invalid,
                  cat("incomplete string length indicator for inference input '", input.name,
                      "', expecting 4 bytes but only ", input.data.size() - at, " bytes available"));
    }
    uint32_t length = 0;
    for (size_t i = 0; i < 4; ++i) length |= std::to_integer<uint32_t>(input.data[at + i]) << (8 * i);
    at += 4;
    if (length > input.data.size() - at) {
      return fail(ErrorKind::invalid, cat("incomplete string data for inference input '", input.name,
                                          "', expecting string of length ", length, " but only ",
                                          input.data.size() - at, " bytes available"));
    }
    at += length;
    if (++count > expected) {
      return fail(ErrorKind::invalid,
                  cat("unexpected number of string elements ", count, " for inference input '", input.name,
                      "' for model '", model.name, "', expecting ", expected));
    }
  }
  if (count == expected) return {};
  return fail(ErrorKind::invalid, cat("expected ", expected, " string elements for inference input '",
                                      input.name, "' for model '", model.name, "', got ", count));
}

Status check_batch(const Description& model, const CallInput& input) {
  if (model.max_batch_size <= 0 || input.shape.empty()) return {};
  if (input.shape[0] < 1) {
    return fail(ErrorKind::invalid,
                cat("inference request batch-size must be >= 1 for model '", model.name, "'"));
  }
  if (input.shape[0] <= model.max_batch_size) return {};
  return fail(ErrorKind::invalid, cat("inference request batch-size must be <= ", model.max_batch_size,
                                      " for '", model.name, "'"));
}

Status check_input(const Description& model, const PortDescription& port, const CallInput& input) {
  if (input.dtype != port.spec.dtype) {
    return fail(ErrorKind::invalid,
                cat("inference input '", input.name, "' data-type is '", tensor::facts(input.dtype).name,
                    "', but model '", model.name, "' expects '", tensor::facts(port.spec.dtype).name, "'"));
  }
  const Result<size_t> count = tensor::element_count(input.shape);
  if (!count) return forward(count, cat("input '", input.name, "'"));
  if (!tensor::fits(input.shape, port.spec.shape)) {
    return fail(ErrorKind::invalid,
                cat("unexpected shape for input '", input.name, "' for model '", model.name, "'. Expected ",
                    tensor::shape_text(port.spec.shape), ", got ", tensor::shape_text(input.shape)));
  }
  if (Status batch = check_batch(model, input); !batch) return batch;
  if (input.dtype == DType::text) return check_text(model, input, *count);
  const size_t expected = *count * tensor::facts(input.dtype).bytes;
  if (expected == input.data.size()) return {};
  return wrong_size(model, input, expected);
}

Status check_inputs_of(const Description& model, const Call& call) {
  size_t required = 0;
  for (const CallInput& input : call.inputs) {
    const PortDescription* port = find_port(model.inputs, input.name);
    if (port == nullptr) {
      return fail(ErrorKind::invalid,
                  cat("unexpected inference input '", input.name, "' for model '", model.name, "'"));
    }
    if (find_input(call, input.name) != &input) {
      return fail(ErrorKind::invalid, cat("input '", input.name, "' already exists in request"));
    }
    required += port->optional ? 0 : 1;
  }
  size_t all = 0;
  for (const PortDescription& port : model.inputs) all += port.optional ? 0 : 1;
  if (required < all) return missing_inputs(model, call);
  for (const CallInput& input : call.inputs) {
    if (Status fits = check_input(model, *find_port(model.inputs, input.name), input); !fits) return fits;
  }
  if (model.max_batch_size <= 0) return {};
  for (const CallInput& input : call.inputs) {
    if (input.shape[0] == call.inputs[0].shape[0]) continue;
    return fail(ErrorKind::invalid, cat("input '", input.name,
                                        "' batch size does not match other inputs for '", model.name, "'"));
  }
  return {};
}

Status fill_outputs(const Description& model, Call& call) {
  if (call.outputs.empty()) {
    for (size_t i = 0; i < model.outputs.size(); ++i) {
      CallOutput& output = call.add_output();
      output.name = model.outputs[i].spec.name;
      output.index = i;
    }
    return {};
  }
  for (CallOutput& output : call.outputs) {
    const PortDescription* port = find_port(model.outputs, output.name);
    if (port == nullptr) {
      return fail(ErrorKind::invalid,
                  cat("unexpected inference output '", output.name, "' for model '", model.name, "'"));
    }
    if (&*std::ranges::find(call.outputs, output.name, &CallOutput::name) != &output) {
      return fail(ErrorKind::invalid,
                  cat("Duplicate output name '", output.name, "' is not allowed in a request: output '",
                      output.name, "' already exists in request"));
    }
    output.index = static_cast<size_t>(port - model.outputs.data());
  }
  return {};
}

}  // namespace

Status check_call(const Description& description, Call& call) {
  if (Status inputs = check_inputs_of(description, call); !inputs) return inputs;
  return fill_outputs(description, call);
}

}  // namespace oree::inference

#include "core/inference/checks.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "platform/tensor/text.h"

namespace oree::inference {

namespace {

using tensor::TensorSpec;

std::string names_of(const std::vector<TensorSpec>& specs) {
  std::string names;
  for (const TensorSpec& spec : specs) names += cat(names.empty() ? "" : ", ", "'", spec.name, "'");
  return names;
}

Status check_count(std::string_view what, const std::vector<TensorSpec>& specs, size_t given) {
  if (given == specs.size()) return {};
  return fail(ErrorKind::invalid,
              cat("the model has ", specs.size(), " ", what, "s (", names_of(specs), "); ", given, " came"));
}

Status check_dimensions(std::string_view what, const TensorSpec& spec, std::span<const int64_t> shape) {
  if (tensor::fits(shape, spec.shape)) return {};
  return fail(ErrorKind::invalid, cat(what, " '", spec.name, "' has shape ", tensor::shape_text(shape),
                                      "; the model expects ", tensor::shape_text(spec.shape)));
}

Status check_text_input(const TensorSpec& spec, const tensor::TensorView& input) {
  if (Status fits = check_dimensions("input", spec, input.shape); !fits) return fits;
  const Result<size_t> count = tensor::element_count(input.shape);
  if (!count) return forward(count, cat("input '", spec.name, "'"));
  if (Status text = tensor::check_text(input.data, *count); !text)
    return forward(text, cat("input '", spec.name, "'"));
  return {};
}

// Of a tensor whose dtype is settled and no text.
Status check_shape(std::string_view what, const TensorSpec& spec, std::span<const int64_t> shape,
                   size_t bytes) {
  if (Status fits = check_dimensions(what, spec, shape); !fits) return fits;
  const Result<size_t> count = tensor::element_count(shape);
  if (!count) return forward(count, cat(what, " '", spec.name, "'"));
  const size_t expected = *count * tensor::facts(spec.dtype).bytes;
  if (bytes == expected) return {};
  return fail(ErrorKind::invalid, cat(what, " '", spec.name, "' of shape ", tensor::shape_text(shape),
                                      " has ", bytes, " bytes; expected ", expected));
}

Status check_input(const TensorSpec& spec, const tensor::TensorView& input) {
  if (input.dtype != spec.dtype) {
    return fail(ErrorKind::invalid, cat("input '", spec.name, "' is ", tensor::facts(input.dtype).name,
                                        "; the model expects ", tensor::facts(spec.dtype).name));
  }
  if (spec.dtype == tensor::DType::text) return check_text_input(spec, input);
  if (reinterpret_cast<uintptr_t>(input.data.data()) % tensor::facts(spec.dtype).bytes != 0) {
    return fail(ErrorKind::invalid, cat("input '", spec.name, "' lies at an address that is no multiple of ",
                                        tensor::facts(spec.dtype).bytes));
  }
  return check_shape("input", spec, input.shape, input.data.size());
}

}  // namespace

Status check_inputs(const Signature& signature, std::span<const tensor::TensorView> inputs) {
  if (Status count = check_count("input", signature.inputs, inputs.size()); !count) return count;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (Status input = check_input(signature.inputs[i], inputs[i]); !input) return input;
  }
  return {};
}

Status check_outputs(const Signature& signature, std::span<const Output> outputs) {
  if (Status count = check_count("output", signature.outputs, outputs.size()); !count) return count;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const TensorSpec& spec = signature.outputs[i];
    if (outputs[i].preset.empty()) continue;
    const Status fits = spec.dtype == tensor::DType::text
                            ? check_dimensions("output", spec, outputs[i].shape)
                            : check_shape("output", spec, outputs[i].shape, outputs[i].preset.size());
    if (!fits) return fits;
  }
  return {};
}

Status place_text(ByteView text, std::span<const int64_t> shape, Output& output) {
  if (!std::ranges::equal(output.shape, shape)) {
    return fail(ErrorKind::invalid, cat("the output has shape ", tensor::shape_text(shape), ", not ",
                                        tensor::shape_text(output.shape)));
  }
  if (text.size() > output.preset.size()) {
    return fail(ErrorKind::invalid,
                cat("the text has ", text.size(), " bytes; ", output.preset.size(), " were given for it"));
  }
  std::ranges::copy(text, output.preset.begin());
  output.data = output.preset.first(text.size());
  return {};
}

Status Model::widen(int /*threads*/) const {
  return fail(ErrorKind::unsupported, "the number of threads is settled when the network is loaded");
}

}  // namespace oree::inference

#include "base/text.h"
#include "services/oip/wire/request.h"

namespace oree::oip {

namespace {

using tensor::DType;

std::unexpected<Error> underdetermined(const inference::Description& model, std::string_view why) {
  return fail(ErrorKind::invalid, cat("The shape of the raw input '", model.inputs[0].spec.name,
                                      "' can not be deduced because ", why, ", in model '", model.name, "'"));
}

// One text element: the body with its length in front, which costs the one copy.
ByteView as_text_element(ByteView body, Arena& arena) {
  const std::span<std::byte> out = arena.take(body.size() + 4);
  for (size_t i = 0; i < 4; ++i) out[i] = static_cast<std::byte>(body.size() >> (8 * i));
  std::ranges::copy(body, out.begin() + 4);
  return out;
}

// The dimensions without a batch, which is 1 where the model has one.
Status deduce(ByteView body, const inference::Description& model, std::span<int64_t> shape) {
  const tensor::TensorSpec& spec = model.inputs[0].spec;
  const size_t first = model.max_batch_size > 0 && !spec.shape.empty() ? 1 : 0;
  if (first == 1) shape[0] = 1;
  size_t variable = shape.size();
  uint64_t fixed = tensor::facts(spec.dtype).bytes;
  for (size_t i = first; i < shape.size(); ++i) {
    shape[i] = spec.shape[i];
    if (shape[i] >= 0) {
      if (__builtin_mul_overflow(fixed, static_cast<uint64_t>(shape[i]), &fixed))
        return underdetermined(model, "it is too large");
    } else if (variable != shape.size()) {
      return underdetermined(model, "there are more than one variable-sized dimension");
    } else {
      variable = i;
    }
  }
  if (variable == shape.size()) return {};  // its size is checked like any other's
  if (fixed == 0 || body.size() % fixed != 0) {
    return underdetermined(model, cat("its ", body.size(), " bytes are no multiple of the ", fixed,
                                      " bytes that the fixed dimensions take"));
  }
  shape[variable] = static_cast<int64_t>(body.size() / fixed);
  return {};
}

Status check_text_shape(const inference::Description& model, std::span<int64_t> shape) {
  const tensor::TensorSpec& spec = model.inputs[0].spec;
  const size_t first = model.max_batch_size > 0 && !spec.shape.empty() ? 1 : 0;
  if (shape.size() != first + 1 || spec.shape[first] != 1) {
    return fail(ErrorKind::invalid,
                cat("For BYTE datatype raw input '", spec.name, "', the model must have input shape [1]"));
  }
  std::ranges::fill(shape, 1);
  return {};
}

}  // namespace

Status read_raw_request(ByteView body, const inference::Description& model, CallState& state) {
  if (model.inputs.size() != 1) {
    return fail(ErrorKind::invalid,
                cat("Raw request must only have 1 input (found 1) to be deduced but got ",
                    model.inputs.size(), " inputs in '", model.name, "' model configuration"));
  }
  const tensor::TensorSpec& spec = model.inputs[0].spec;
  const std::span<int64_t> shape = state.arena.take_of<int64_t>(spec.shape.size());
  const bool text = spec.dtype == DType::text;
  const Status deduced = text ? check_text_shape(model, shape) : deduce(body, model, shape);
  if (!deduced) return deduced;
  state.inputs.push_back({spec.name, spec.dtype, shape, text ? as_text_element(body, state.arena) : body});
  state.binary_default = true;
  return {};
}

}  // namespace oree::oip

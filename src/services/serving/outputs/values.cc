#include "services/serving/outputs/values.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace oree::serving {

Result<std::span<const float>> floats(Outputs outputs, size_t index) {
  if (index >= outputs.size()) {
    return fail(ErrorKind::invalid,
                cat("the model has ", outputs.size(), " outputs; this way of decoding needs ", index + 1));
  }
  if (outputs[index].dtype != tensor::DType::f32) {
    return fail(ErrorKind::invalid, cat("output ", index, " is ", tensor::facts(outputs[index].dtype).name,
                                        "; only FP32 can be decoded"));
  }
  return outputs[index].as<float>();
}

Status check_finite(std::span<const float> values) {
  const auto bad = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (bad == values.end()) return {};
  return fail(ErrorKind::invalid, cat("the model produced ", std::isnan(*bad) ? "NaN" : "an infinity",
                                      " (element ", bad - values.begin(), " of its output)"));
}

Result<Grid> grid(Outputs outputs, size_t index) {
  const Result<std::span<const float>> values = floats(outputs, index);
  if (!values) return forward(values);
  std::span<const int64_t> shape = outputs[index].shape;
  const std::string as_given = tensor::shape_text(shape);
  if (shape.size() == 3 && shape[0] == 1) shape = shape.subspan(1);
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0) {
    return fail(ErrorKind::invalid,
                cat("output ", index, " has shape ", as_given, "; [1,rows,columns] is needed"));
  }
  return Grid{*values, static_cast<size_t>(shape[0]), static_cast<size_t>(shape[1])};
}

Result<Grid> boxes_in_rows(const DecodeContext& context, Outputs outputs, size_t fixed) {
  Result<Grid> found = grid(outputs, 0);
  if (!found) return found;
  const size_t labels = context.manifest.labels.size();
  if (found->columns != fixed + labels || labels == 0) {
    return fail(ErrorKind::invalid, cat("the output has ", found->columns, " values per box; ", labels,
                                        " labels and ", fixed, " others make ", fixed + labels));
  }
  if (Status finite = check_finite(found->values); !finite) return forward(finite);
  return found;
}

std::string label_of(const package::Manifest& manifest, size_t index) {
  return index < manifest.labels.size() ? manifest.labels[index] : cat(index);
}

}  // namespace oree::serving

#include "platform/onnx/text.h"

namespace oree::onnx {

Type tensor_type(DataType element, std::vector<Dim> dims) {
  Type type;
  type.kind = TypeKind::tensor;
  type.element = element;
  type.has_shape = true;
  type.dims = std::move(dims);
  return type;
}

std::string dims_text(const std::vector<int64_t>& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i ? "," : "") + std::to_string(dims[i]);
  return text + "]";
}

std::string type_text(const Type& type) {
  const auto wrapped = [&](const char* word) {
    return std::string(word) + "(" + (type.inner.empty() ? "?" : type_text(type.inner[0])) + ")";
  };
  switch (type.kind) {
    case TypeKind::unknown:
      return "?";
    case TypeKind::sequence:
      return wrapped("sequence");
    case TypeKind::optional:
      return wrapped("optional");
    case TypeKind::map:
      return wrapped("map");
    case TypeKind::opaque:
      return "opaque";
    case TypeKind::tensor:
    case TypeKind::sparse_tensor:
      break;
  }
  std::string text(facts(type.element).name);
  if (!type.has_shape) return text + "[...]";
  text += '[';
  for (size_t i = 0; i < type.dims.size(); ++i) {
    const Dim& dim = type.dims[i];
    if (i > 0) text += ',';
    text += dim.known() ? std::to_string(dim.size) : dim.symbol.empty() ? "?" : dim.symbol;
  }
  return text + "]";
}

}  // namespace oree::onnx

#include "core/inference/backends/onnxruntime/ort_describe.h"

#include "base/text.h"

namespace oree::inference::ort {

namespace {

using tensor::TensorSpec;

// Inputs and outputs are asked in the same way through different slots.
struct Side {
  std::string_view what;
  Slot<OrtStatus*(const OrtSession*, size_t*)> count;
  Slot<OrtStatus*(const OrtSession*, size_t, OrtTypeInfo**)> type;
  Slot<OrtStatus*(const OrtSession*, size_t, OrtAllocator*, char**)> name;
};
constexpr Side kInputs{"input", kSessionGetInputCount, kSessionGetInputTypeInfo, kSessionGetInputName};
constexpr Side kOutputs{"output", kSessionGetOutputCount, kSessionGetOutputTypeInfo, kSessionGetOutputName};

Result<TensorSpec> spec_of(const Runtime& runtime, const OrtTensorTypeAndShapeInfo& info) {
  const Api& api = runtime.api();
  int type = 0;
  size_t rank = 0;
  if (Status got = runtime.check(api(kGetTensorElementType, &info, &type)); !got) return forward(got);
  if (Status got = runtime.check(api(kGetDimensionsCount, &info, &rank)); !got) return forward(got);
  TensorSpec spec;
  spec.shape.resize(rank);
  if (Status got = runtime.check(api(kGetDimensions, &info, spec.shape.data(), rank)); !got)
    return forward(got);
  for (int64_t& dimension : spec.shape) dimension = std::max<int64_t>(dimension, -1);
  const std::optional<tensor::DType> dtype = dtype_of(type);
  if (!dtype) return fail(ErrorKind::unsupported, cat("ONNX datatype ", type, " is not carried"));
  spec.dtype = *dtype;
  return spec;
}

Result<std::string> name_of(const Runtime& runtime, const OrtSession& session, const Side& side, size_t i) {
  const Api& api = runtime.api();
  OrtAllocator* allocator = nullptr;
  if (Status got = runtime.check(api(kGetAllocatorWithDefaultOptions, &allocator)); !got) return forward(got);
  char* text = nullptr;
  if (Status got = runtime.check(api(side.name, &session, i, allocator, &text)); !got) return forward(got);
  std::string name(text);
  if (Status freed = runtime.check(api(kAllocatorFree, allocator, static_cast<void*>(text))); !freed) {
    return forward(freed);
  }
  return name;
}

Result<TensorSpec> describe(const Runtime& runtime, const OrtSession& session, const Side& side, size_t i) {
  const Result<std::string> name = name_of(runtime, session, side, i);
  if (!name) return forward(name);
  OrtTypeInfo* type = nullptr;
  if (Status got = runtime.check(runtime.api()(side.type, &session, i, &type)); !got) return forward(got);
  const Owned<OrtTypeInfo> owned = runtime.own(type);
  const OrtTensorTypeAndShapeInfo* info = nullptr;  // lent by `type`
  if (Status got = runtime.check(runtime.api()(kCastTypeInfoToTensorInfo, type, &info)); !got)
    return forward(got);
  const std::string where = cat(side.what, " '", *name, "'");
  if (info == nullptr) return fail(ErrorKind::unsupported, cat(where, " is no tensor (a sequence or a map)"));
  Result<TensorSpec> spec = spec_of(runtime, *info);
  if (!spec) return forward(spec, where);
  spec->name = *name;
  return spec;
}

Result<std::vector<TensorSpec>> describe_all(const Runtime& runtime, const OrtSession& session,
                                             const Side& side) {
  size_t count = 0;
  if (Status got = runtime.check(runtime.api()(side.count, &session, &count)); !got) return forward(got);
  std::vector<TensorSpec> specs;
  for (size_t i = 0; i < count; ++i) {
    Result<TensorSpec> spec = describe(runtime, session, side, i);
    if (!spec) return forward(spec);
    specs.push_back(std::move(*spec));
  }
  return specs;
}

}  // namespace

Result<Signature> signature_of(const Runtime& runtime, OrtSession& session) {
  Result<std::vector<TensorSpec>> inputs = describe_all(runtime, session, kInputs);
  if (!inputs) return forward(inputs);
  Result<std::vector<TensorSpec>> outputs = describe_all(runtime, session, kOutputs);
  if (!outputs) return forward(outputs);
  return Signature{std::move(*inputs), std::move(*outputs)};
}

Result<TensorSpec> spec_of(const Runtime& runtime, const OrtValue& value) {
  OrtTensorTypeAndShapeInfo* info = nullptr;
  if (Status got = runtime.check(runtime.api()(kGetTensorTypeAndShape, &value, &info)); !got)
    return forward(got);
  const Owned<OrtTensorTypeAndShapeInfo> owned = runtime.own(info);
  return spec_of(runtime, *info);
}

}  // namespace oree::inference::ort

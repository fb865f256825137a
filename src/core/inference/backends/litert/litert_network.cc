#include "core/inference/backends/litert/litert_network.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace oree::inference::litert {

namespace {

using enum tensor::DType;
using tflite::ElementType;

struct Row {
  ElementType file;
  int32_t theirs;
  tensor::DType ours;
};
constexpr std::array kElements = {
    Row{ElementType::f32, 1, f32},         Row{ElementType::i32, 2, i32},  Row{ElementType::u8, 3, u8},
    Row{ElementType::i64, 4, i64},         Row{ElementType::i16, 7, i16},  Row{ElementType::i8, 9, i8},
    Row{ElementType::f16, 10, f16},        Row{ElementType::f64, 11, f64}, Row{ElementType::u64, 13, u64},
    Row{ElementType::u32, 16, u32},        Row{ElementType::u16, 17, u16}, Row{ElementType::bf16, 19, bf16},
    Row{ElementType::boolean, 6, boolean},
};

Result<tensor::TensorSpec> spec_of(const tflite::Tensor& tensor, std::string_view what) {
  const auto row = std::ranges::find(kElements, tensor.type, &Row::file);
  if (row == kElements.end()) {
    return fail(ErrorKind::unsupported, cat(what, " '", tensor.name, "' is ", tflite::name_of(tensor.type),
                                            ", which is not carried"));
  }
  tensor::TensorSpec spec{tensor.name, row->ours, {}};
  const std::vector<int32_t>& shape = tensor.signature.empty() ? tensor.shape : tensor.signature;
  if (shape.size() > kMaxRank) {
    return fail(ErrorKind::unsupported,
                cat(what, " '", tensor.name, "' has ", shape.size(), " dimensions; LiteRT knows ", kMaxRank));
  }
  for (const int32_t side : shape) spec.shape.push_back(std::max<int64_t>(side, -1));
  return spec;
}

// LiteRT allocates what a file says, whether it makes sense or not.
Status check_sizes(const tflite::Model& model) {
  constexpr uint64_t kMostOfOne = uint64_t{1} << 30, kMostOfAll = uint64_t{4} << 30;
  uint64_t all = 0;
  for (const tflite::Subgraph& graph : model.subgraphs) {
    for (const tflite::Tensor& tensor : graph.tensors) {
      if (tensor.is_constant()) continue;  // lies in the file
      tensor::Shape shape;
      for (const int32_t side : tensor.shape) shape.push_back(std::max(side, 0));
      const Result<size_t> count = tensor::element_count(shape);
      const uint64_t bytes =
          count ? uint64_t{*count} * std::max(1u, tflite::bits_of(tensor.type) / 8) : UINT64_MAX;
      if (bytes > kMostOfOne || (all += bytes) > kMostOfAll) {
        return fail(ErrorKind::unsupported,
                    cat("tensor '", tensor.name, "' of shape ", tensor::shape_text(shape),
                        " needs more memory than the 1 GiB for one and 4 GiB for all that "
                        "are allowed"));
      }
    }
  }
  return {};
}

// Where in LiteRT's list each of our names stands.
Result<std::vector<size_t>> order_of(const Api& api, Signature* signature, bool inputs,
                                     const std::vector<tensor::TensorSpec>& specs) {
  size_t count = 0;
  if (const int status = (inputs ? api.count_inputs : api.count_outputs)(signature, &count))
    return failure(status, "asking for its signature");
  std::vector<std::string> names(count);
  for (size_t i = 0; i < count; ++i) {
    TensorHandle* tensor = nullptr;
    const char* name = nullptr;
    if (const int status = (inputs ? api.input_tensor : api.output_tensor)(signature, i, &tensor))
      return failure(status, "asking for its signature");
    if (const int status = api.tensor_name(tensor, &name)) return failure(status, "asking for a name");
    names[i] = name;
  }
  std::vector<size_t> order;
  for (const tensor::TensorSpec& spec : specs) {
    const auto found = std::ranges::find(names, spec.name);
    if (found == names.end() || count != specs.size()) {
      return fail(ErrorKind::unsupported,
                  cat("its first signature does not take and give what the graph does ('", spec.name, "')"));
    }
    order.push_back(static_cast<size_t>(found - names.begin()));
  }
  return order;
}

}  // namespace

int32_t element_of(tensor::DType dtype) {
  const auto row = std::ranges::find(kElements, dtype, &Row::ours);
  return row == kElements.end() ? 0 : row->theirs;
}

Result<inference::Signature> signature_of(const tflite::Model& model) {
  if (model.subgraphs.empty()) return fail(ErrorKind::invalid, "it has no graph");
  if (Status small = check_sizes(model); !small) return forward(small);
  const tflite::Subgraph& graph = model.subgraphs.front();
  inference::Signature signature;
  for (const int32_t index : graph.inputs) {
    Result<tensor::TensorSpec> spec = spec_of(graph.tensors[static_cast<size_t>(index)], "input");
    if (!spec) return forward(spec);
    signature.inputs.push_back(std::move(*spec));
  }
  for (const int32_t index : graph.outputs) {
    Result<tensor::TensorSpec> spec = spec_of(graph.tensors[static_cast<size_t>(index)], "output");
    if (!spec) return forward(spec);
    signature.outputs.push_back(std::move(*spec));
  }
  // LiteRT's loader refuses these with a number that says nothing.
  const auto keeps_state = [](const tflite::Tensor& tensor) { return tensor.is_variable; };
  for (const tflite::Subgraph& one : model.subgraphs) {
    if (std::ranges::any_of(one.tensors, keeps_state))
      return fail(ErrorKind::unsupported, "it keeps state between runs, which LiteRT does not load");
  }
  return signature;
}

Result<std::shared_ptr<const LiteRtModel::Network>> LiteRtModel::Network::create(
    std::shared_ptr<const Runtime> runtime, std::shared_ptr<const ByteBuffer> bytes,
    const inference::Signature& signature) {
  const Api& api = runtime->api;
  NetworkHandle* raw = nullptr;
  if (const int status = api.create_model(runtime->environment.get(), bytes->data(), bytes->size(), &raw))
    return failure(status, "it was not loaded");
  Owned<NetworkHandle> handle(raw, api.destroy_model);
  litert::Signature* theirs = nullptr;
  if (const int status = api.get_signature(raw, 0, &theirs))
    return failure(status, "asking for its signature");
  Result<std::vector<size_t>> inputs = order_of(api, theirs, true, signature.inputs);
  if (!inputs) return forward(inputs);
  Result<std::vector<size_t>> outputs = order_of(api, theirs, false, signature.outputs);
  if (!outputs) return forward(outputs);
  return std::make_shared<const Network>(Network{std::move(runtime), std::move(bytes), std::move(handle),
                                                 std::move(*inputs), std::move(*outputs)});
}

}  // namespace oree::inference::litert

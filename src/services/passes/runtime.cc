#include "services/passes/runtime.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/graph/file.h"
#include "platform/files/private_folder.h"

namespace oree::passes {
namespace {

struct TypeRow {
  graph::DataType file;
  tensor::DType run;
};
constexpr std::array kTypes{TypeRow{graph::DataType::boolean, tensor::DType::boolean},
                            TypeRow{graph::DataType::u8, tensor::DType::u8},
                            TypeRow{graph::DataType::u16, tensor::DType::u16},
                            TypeRow{graph::DataType::u32, tensor::DType::u32},
                            TypeRow{graph::DataType::u64, tensor::DType::u64},
                            TypeRow{graph::DataType::i8, tensor::DType::i8},
                            TypeRow{graph::DataType::i16, tensor::DType::i16},
                            TypeRow{graph::DataType::i32, tensor::DType::i32},
                            TypeRow{graph::DataType::i64, tensor::DType::i64},
                            TypeRow{graph::DataType::f16, tensor::DType::f16},
                            TypeRow{graph::DataType::bf16, tensor::DType::bf16},
                            TypeRow{graph::DataType::f32, tensor::DType::f32},
                            TypeRow{graph::DataType::f64, tensor::DType::f64}};

}  // namespace

Result<tensor::DType> runtime_type(graph::DataType type) {
  const auto row = std::ranges::find(kTypes, type, &TypeRow::file);
  if (row == kTypes.end()) {
    return fail(ErrorKind::unsupported,
                "the runtime takes no tensors of type " + std::string(graph::facts(type).name));
  }
  return row->run;
}

graph::DataType file_type(tensor::DType type) {
  const auto row = std::ranges::find(kTypes, type, &TypeRow::run);
  return row == kTypes.end() ? graph::DataType::undefined : row->file;
}

Result<std::vector<graph::Tensor>> run_model(const graph::Model& model, std::span<const graph::Tensor> inputs,
                                             inference::Backend& backend) {
  const auto folder = files::PrivateFolder::create();
  if (!folder) return forward(folder);
  const auto file = folder->path() / "model.onnx";
  if (auto stored = graph::store(model, file); !stored) return forward(stored);
  const auto loaded = backend.load(file, {});
  if (!loaded) return forward(loaded);
  std::vector<tensor::TensorView> views;
  for (const graph::Tensor& input : inputs) {
    const auto type = runtime_type(input.type);
    if (!type) return forward(type);
    views.push_back({*type, input.dims, input.data.view()});
  }
  std::vector<inference::Output> outputs((*loaded)->signature().outputs.size());
  if (auto ran = (*loaded)->run(views, outputs); !ran) return forward(ran);
  std::vector<graph::Tensor> results;
  for (size_t i = 0; i < outputs.size(); ++i) {
    graph::Tensor result;
    result.name = (*loaded)->signature().outputs[i].name;
    result.type = file_type(outputs[i].dtype);
    result.dims = outputs[i].shape;
    result.data = graph::SharedBytes::of(ByteBuffer(outputs[i].data.begin(), outputs[i].data.end()));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace oree::passes

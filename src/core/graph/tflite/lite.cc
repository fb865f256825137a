#include "core/graph/tflite/lite.h"

#include <array>

#include "core/graph/numbers.h"

namespace oree::graph {
namespace {

constexpr size_t kMostTensors = 1'000'000;

constexpr std::array kTypes{
    DataType::f32,     DataType::f16,       DataType::i32,       DataType::u8,  DataType::i64, DataType::text,
    DataType::boolean, DataType::i16,       DataType::c64,       DataType::i8,  DataType::f64, DataType::c128,
    DataType::u64,     DataType::undefined, DataType::undefined, DataType::u32, DataType::u16, DataType::i4};

std::unexpected<Error> corrupt(const std::string& what) {
  return fail(ErrorKind::corrupt,
              what + "; the file is truncated or no TensorFlow Lite model, fetch it again");
}

ByteView data_of(Flat& flat, const FlatTable& buffer) {
  const auto offset = buffer.get<uint64_t>(1, 0), size = buffer.get<uint64_t>(2, 0);
  // Large models keep their bytes behind the tables; offsets 0 and 1 mean that they do not.
  return offset > 1 && size > 0 ? flat.part(offset, size) : buffer.bytes(0);
}

Result<LiteTensor> read_tensor(Flat& flat, const FlatTable& from, const std::vector<FlatTable>& buffers) {
  LiteTensor to;
  to.name = from.text(3);
  const auto type = static_cast<size_t>(from.get<uint8_t>(1, 0));
  if (type >= kTypes.size() || kTypes[type] == DataType::undefined) {
    return fail(ErrorKind::unsupported,
                "tensor '" + to.name + "' has the type " + std::to_string(type) + ", which ONNX has not");
  }
  to.type = kTypes[type];
  for (const int32_t dim : from.numbers<int32_t>(0)) to.dims.push_back(dim);
  for (const int32_t dim : from.numbers<int32_t>(7)) to.signature.push_back(dim);
  if (to.signature.size() != to.dims.size()) to.signature.clear();
  const FlatTable quantisation = from.table(4);
  to.scales = quantisation.numbers<float>(2);
  to.zero_points = quantisation.numbers<int64_t>(3);
  to.axis = quantisation.get<int32_t>(6, 0);
  const auto buffer = from.get<uint32_t>(2, 0);
  if (buffer >= buffers.size() && buffer != 0)
    return corrupt("tensor '" + to.name + "' has buffer " + std::to_string(buffer) + " of " +
                   std::to_string(buffers.size()));
  if (buffer != 0) to.data = data_of(flat, buffers[buffer]);
  for (const int64_t dim : to.dims) {
    if (dim < 0 || dim > (int64_t{1} << 31))
      return fail(ErrorKind::invalid,
                  "tensor '" + to.name + "' has the impossible shape " + dims_text(to.dims));
  }
  return to;
}

// Scales that fit the shape, and as many zero points.
Status check_tensor(LiteTensor& tensor) {
  const std::string called = "tensor '" + tensor.name + "'";
  if (!tensor.data.empty() && tensor.type != DataType::text) {
    uint64_t elements = 1;
    for (const int64_t dim : tensor.dims) {
      if (__builtin_mul_overflow(elements, static_cast<uint64_t>(dim), &elements))
        return fail(ErrorKind::invalid, called + " has the impossible shape " + dims_text(tensor.dims));
    }
    const auto bytes = onnx::packed_size(tensor.type, elements);
    if (!bytes || *bytes != tensor.data.size()) {
      return fail(ErrorKind::invalid, called + " of shape " + dims_text(tensor.dims) + " has " +
                                          std::to_string(tensor.data.size()) + " bytes");
    }
  }
  if (tensor.scales.empty()) return {};
  if (tensor.zero_points.empty()) tensor.zero_points.assign(tensor.scales.size(), 0);
  if (tensor.zero_points.size() == 1) tensor.zero_points.resize(tensor.scales.size(), tensor.zero_points[0]);
  const auto rank = static_cast<int64_t>(tensor.dims.size());
  const bool by_axis = tensor.scales.size() > 1;
  // Old converters gave a bias the axis of its weights.
  if (by_axis && rank == 1) tensor.axis = 0;
  if (tensor.zero_points.size() != tensor.scales.size() ||
      (by_axis && (tensor.axis < 0 || tensor.axis >= rank)) ||
      (by_axis &&
       tensor.dims[static_cast<size_t>(tensor.axis)] != static_cast<int64_t>(tensor.scales.size()))) {
    return fail(ErrorKind::invalid, called + " has " + std::to_string(tensor.scales.size()) +
                                        " scales, which do not fit its shape " + dims_text(tensor.dims));
  }
  return {};
}

Status check_indices(const LiteModel& model) {
  const auto good = [&](const std::vector<int32_t>& indices, int32_t least) {
    for (const int32_t index : indices) {
      if (index < least || index >= static_cast<int32_t>(model.tensors.size())) return false;
    }
    return true;
  };
  if (!good(model.inputs, 0) || !good(model.outputs, 0))
    return corrupt("its inputs or outputs are no tensors of it");
  for (const LiteOp& op : model.ops) {
    if (!good(op.inputs, -1) || !good(op.outputs, 0))
      return corrupt("an operator reads or makes tensors that are not there");
  }
  return {};
}

Status read_ops(const FlatTable& root, const FlatTable& graph, LiteModel& model) {
  const auto codes = root.tables(1);
  for (const FlatTable& from : graph.tables(3)) {
    LiteOp op;
    const auto index = from.get<uint32_t>(0, 0);
    if (index >= codes.size())
      return corrupt("an operator has code " + std::to_string(index) + " of " + std::to_string(codes.size()));
    // Codes beyond 127 are in a field of their own; the old one then says 127.
    op.code = std::max<int32_t>(codes[index].get<int8_t>(0, 0), codes[index].get<int32_t>(3, 0));
    op.custom = codes[index].text(1);
    op.inputs = from.numbers<int32_t>(1);
    op.outputs = from.numbers<int32_t>(2);
    op.options = from.table(4);
    model.ops.push_back(std::move(op));
  }
  return {};
}

}  // namespace

Result<LiteModel> read_lite(Flat& flat) {
  const FlatTable root = FlatTable::root(flat);
  const auto graphs = root.tables(2);
  if (flat.broken()) return corrupt("its tables lead out of it");
  if (graphs.empty()) return corrupt("it holds no graph");
  if (root.get<uint32_t>(0, 0) != 3)
    return fail(ErrorKind::unsupported, "its schema is version " + std::to_string(root.get<uint32_t>(0, 0)) +
                                            "; version 3 is understood here");
  LiteModel model;
  model.subgraphs = graphs.size();
  const auto buffers = root.tables(4);
  const auto tensors = graphs[0].tables(0);
  if (tensors.size() > kMostTensors)
    return fail(ErrorKind::invalid, "it has " + std::to_string(tensors.size()) + " tensors, more than the " +
                                        std::to_string(kMostTensors) + " allowed");
  for (const FlatTable& from : tensors) {
    auto tensor = read_tensor(flat, from, buffers);
    if (flat.broken()) return corrupt("its tensors lead out of it");
    if (!tensor) return forward(tensor);
    if (auto good = check_tensor(*tensor); !good) return forward(good);
    model.tensors.push_back(std::move(*tensor));
  }
  model.inputs = graphs[0].numbers<int32_t>(1);
  model.outputs = graphs[0].numbers<int32_t>(2);
  if (auto done = read_ops(root, graphs[0], model); !done) return forward(done);
  if (flat.broken()) return corrupt("its operators lead out of it");
  if (auto done = check_indices(model); !done) return forward(done);
  return model;
}

}  // namespace oree::graph

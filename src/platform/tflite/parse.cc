#include <algorithm>
#include <array>

#include "base/text.h"
#include "platform/tflite/tflite.h"

namespace oree::tflite {
namespace {

constexpr uint64_t kMostBytes = uint64_t{2} << 30;
constexpr size_t kMostDims = 8;

Error corrupt(std::string what) {
  return {ErrorKind::corrupt, cat(".tflite: ", what)};
}

struct TypeRow {
  std::string_view name;
  unsigned bits;
};
constexpr std::array<TypeRow, 19> kTypes{{{"FLOAT32", 32},
                                          {"FLOAT16", 16},
                                          {"INT32", 32},
                                          {"UINT8", 8},
                                          {"INT64", 64},
                                          {"STRING", 0},
                                          {"BOOL", 8},
                                          {"INT16", 16},
                                          {"COMPLEX64", 64},
                                          {"INT8", 8},
                                          {"FLOAT64", 64},
                                          {"COMPLEX128", 128},
                                          {"UINT64", 64},
                                          {"RESOURCE", 0},
                                          {"VARIANT", 0},
                                          {"UINT32", 32},
                                          {"UINT16", 16},
                                          {"INT4", 4},
                                          {"BFLOAT16", 16}}};

bool known(ElementType type) {
  return static_cast<int8_t>(type) >= 0 && static_cast<size_t>(type) < kTypes.size();
}

// Saturates: a shape that overflows fits nothing.
uint64_t product(const std::vector<int32_t>& shape) {
  uint64_t count = 1;
  for (const int32_t dim : shape)
    if (dim < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(dim), &count)) return UINT64_MAX;
  return count;
}

std::optional<Quantisation> quantisation_of(const flat::Table& table) {
  Quantisation found{table.numbers<float>(2), table.numbers<int64_t>(3), table.number<int32_t>(6, 0)};
  if (found.scales.empty()) return std::nullopt;
  if (found.zero_points.empty()) found.zero_points.assign(found.scales.size(), 0);
  return found;
}

Status check_quantisation(const Tensor& tensor) {
  if (!tensor.quantisation) return {};
  const auto& [scales, zero_points, axis] = *tensor.quantisation;
  if (zero_points.size() != scales.size())
    return std::unexpected(corrupt(cat("tensor '", tensor.name, "' has ", scales.size(), " scales and ",
                                       zero_points.size(), " zero points")));
  if (scales.size() == 1) return {};
  if (axis < 0 || static_cast<size_t>(axis) >= tensor.shape.size() ||
      static_cast<uint64_t>(tensor.shape[static_cast<size_t>(axis)]) != scales.size())
    return std::unexpected(corrupt(cat("tensor '", tensor.name, "' has ", scales.size(), " scales along dim ",
                                       axis, ", which has another size")));
  return {};
}

Result<Tensor> tensor_of(const flat::Table& table, const std::vector<ByteView>& buffers) {
  Tensor tensor;
  tensor.name = table.text(3);
  tensor.type = static_cast<ElementType>(table.number<int8_t>(1, 0));
  tensor.shape = table.numbers<int32_t>(0);
  tensor.signature = table.numbers<int32_t>(7);
  tensor.is_variable = table.number<uint8_t>(5, 0) != 0;
  tensor.is_sparse = table.has(6);
  if (!known(tensor.type))
    return std::unexpected(corrupt(cat("tensor '", tensor.name, "' is of an unknown type")));
  if (tensor.is_sparse)
    return fail(ErrorKind::unsupported,
                cat(".tflite: tensor '", tensor.name, "' is sparse; export it dense"));
  if (tensor.shape.size() > kMostDims || product(tensor.shape) == UINT64_MAX)
    return std::unexpected(corrupt(cat("tensor '", tensor.name, "' has an impossible shape")));
  if (const auto parameters = table.table(4)) tensor.quantisation = quantisation_of(parameters);
  // Older converters give a bias, which has one dim, the axis of its convolution's kernel.
  if (tensor.quantisation && tensor.shape.size() == 1) tensor.quantisation->axis = 0;
  const auto buffer = table.number<uint32_t>(2, 0);
  if (buffer >= buffers.size() && buffer != 0)
    return std::unexpected(
        corrupt(cat("tensor '", tensor.name, "' names buffer ", buffer, " of ", buffers.size())));
  if (buffer < buffers.size()) tensor.data = buffers[buffer];
  if (tensor.is_constant() && bits_of(tensor.type) != 0 && tensor.data.size() != tensor.bytes())
    return std::unexpected(corrupt(cat("tensor '", tensor.name, "' holds ", tensor.data.size(),
                                       " bytes, its shape wants ", tensor.bytes())));
  if (const Status fits = check_quantisation(tensor); !fits) return forward(fits);
  return tensor;
}

struct Code {
  int32_t builtin = 0, version = 1;
  std::string custom;
};

// Old files say the code in a byte; 127 there means: look at the wide one.
Code code_of(const flat::Table& table) {
  return {std::max<int32_t>(table.number<int8_t>(0, 0), table.number<int32_t>(3, 0)),
          table.number<int32_t>(2, 1), std::string(table.text(1))};
}

bool valid(const std::vector<int32_t>& indices, size_t count, bool may_be_absent) {
  return std::ranges::all_of(indices, [&](int32_t i) {
    return (i >= 0 && static_cast<size_t>(i) < count) || (i == -1 && may_be_absent);
  });
}

Result<Operator> operator_of(const flat::Table& table, const std::vector<Code>& codes, size_t tensors) {
  Operator op;
  const auto index = table.number<uint32_t>(0, 0);
  if (index >= codes.size())
    return std::unexpected(corrupt(cat("an operator names code ", index, " of ", codes.size())));
  op.code = codes[index].builtin;
  op.version = codes[index].version;
  op.custom = codes[index].custom;
  op.inputs = table.numbers<int32_t>(1);
  op.outputs = table.numbers<int32_t>(2);
  op.options_kind = table.number<uint8_t>(3, 0);
  op.options = table.table(4);
  op.custom_options = table.bytes(5);
  if (!valid(op.inputs, tensors, true) || !valid(op.outputs, tensors, false))
    return std::unexpected(corrupt(cat("a ", operator_name(op), " names a tensor that is not there")));
  return op;
}

Result<Subgraph> subgraph_of(const flat::Table& table, const std::vector<ByteView>& buffers,
                             const std::vector<Code>& codes) {
  Subgraph graph;
  graph.name = table.text(4);
  for (const auto& row : table.tables(0)) {
    auto tensor = tensor_of(row, buffers);
    if (!tensor) return forward(tensor);
    graph.tensors.push_back(*std::move(tensor));
  }
  graph.inputs = table.numbers<int32_t>(1);
  graph.outputs = table.numbers<int32_t>(2);
  if (!valid(graph.inputs, graph.tensors.size(), false) || !valid(graph.outputs, graph.tensors.size(), false))
    return std::unexpected(corrupt("an input or output names a tensor that is not there"));
  for (const auto& row : table.tables(3)) {
    auto op = operator_of(row, codes, graph.tensors.size());
    if (!op) return forward(op);
    graph.operators.push_back(*std::move(op));
  }
  return graph;
}

std::vector<std::pair<std::string, uint32_t>> names_of(const std::vector<flat::Table>& rows) {
  std::vector<std::pair<std::string, uint32_t>> names;
  for (const auto& row : rows) names.emplace_back(row.text(0), row.number<uint32_t>(1, 0));
  return names;
}

Result<Signature> signature_of(const flat::Table& table, const std::vector<Subgraph>& subgraphs) {
  Signature signature{std::string(table.text(2)), table.number<uint32_t>(4, 0), names_of(table.tables(0)),
                      names_of(table.tables(1))};
  const size_t tensors =
      signature.subgraph < subgraphs.size() ? subgraphs[signature.subgraph].tensors.size() : 0;
  const auto fits = [&](const auto& one) { return one.second < tensors; };
  if (!std::ranges::all_of(signature.inputs, fits) || !std::ranges::all_of(signature.outputs, fits))
    return std::unexpected(corrupt(cat("signature '", signature.key, "' names a tensor that is not there")));
  return signature;
}

// Data of a buffer: inside the tables, or behind them in large files.
Result<std::vector<ByteView>> buffers_of(const flat::Table& model, ByteView file) {
  std::vector<ByteView> buffers;
  for (const auto& row : model.tables(4)) {
    const auto offset = row.number<uint64_t>(1, 0), size = row.number<uint64_t>(2, 0);
    if (offset <= 1) {
      buffers.push_back(row.bytes(0));
      continue;
    }
    if (offset > file.size() || size > file.size() - offset)
      return std::unexpected(corrupt(cat("buffer ", buffers.size(), " lies outside the file")));
    buffers.push_back(file.subspan(offset, size));
  }
  return buffers;
}

Status read_into(Model& model, const flat::Table& root) {
  auto buffers = buffers_of(root, *model.bytes);
  if (!buffers) return forward(buffers);
  std::vector<Code> codes;
  for (const auto& row : root.tables(1)) codes.push_back(code_of(row));
  for (const auto& row : root.tables(2)) {
    auto graph = subgraph_of(row, *buffers, codes);
    if (!graph) return forward(graph);
    model.subgraphs.push_back(*std::move(graph));
  }
  for (const auto& row : root.tables(7)) {
    auto signature = signature_of(row, model.subgraphs);
    if (!signature) return forward(signature);
    model.signatures.push_back(*std::move(signature));
  }
  model.description = root.text(3);
  return {};
}

}  // namespace

std::string_view name_of(ElementType type) {
  return known(type) ? kTypes[static_cast<size_t>(type)].name : "UNKNOWN";
}

unsigned bits_of(ElementType type) {
  return known(type) ? kTypes[static_cast<size_t>(type)].bits : 0;
}

uint64_t Tensor::elements() const {
  return product(shape);
}

uint64_t Tensor::bytes() const {
  const uint64_t count = elements(), bits = bits_of(type);
  return count > UINT64_MAX / 128 ? UINT64_MAX : (count * bits + 7) / 8;
}

bool is_tflite(ByteView bytes) {
  return bytes.size() >= 8 && as_text(bytes.subspan(4, 4)) == "TFL3";
}

Result<Model> parse(ByteBuffer bytes) {
  if (bytes.size() > kMostBytes)
    return fail(ErrorKind::unsupported, ".tflite: files above 2 GiB are not read");
  if (!is_tflite(bytes))
    return std::unexpected(corrupt("the file does not begin as one (\"TFL3\" at byte 4)"));
  // Owned together: tables inside the model point to the buffer, views into its bytes.
  struct Kept {
    ByteBuffer bytes;
    flat::Buffer buffer;
  };
  auto kept = std::make_shared<Kept>();
  kept->bytes = std::move(bytes);
  kept->buffer.bytes = kept->bytes;
  kept->buffer.budget = 4 * kept->bytes.size() + 4096;
  Model model;
  model.bytes = std::shared_ptr<const ByteBuffer>(kept, &kept->bytes);
  const flat::Table root(&kept->buffer, kept->buffer.at<uint32_t>(0));
  Status status = read_into(model, root);
  if (kept->buffer.broken) return std::unexpected(corrupt("a table, vector or text lies outside the file"));
  if (!status) return forward(status);
  if (model.subgraphs.empty()) return std::unexpected(corrupt("there is no subgraph"));
  return model;
}

}  // namespace oree::tflite

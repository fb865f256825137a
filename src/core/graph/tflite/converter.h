// Builds the ONNX graph of a TensorFlow Lite one, operator by operator. Private to this room.
#pragma once

#include <array>
#include <map>

#include "core/graph/tflite/lite.h"

namespace oree::graph {

enum class Layout { rows, planes };  // as the file has it, channels last; channels second

class Converter {
 public:
  explicit Converter(const LiteModel& lite) : lite_(lite), known_(lite.tensors.size()) {}
  Result<Model> convert();

  // --- For the operators' rows ---
  const LiteTensor& tensor(int32_t index) const { return lite_.tensors[static_cast<size_t>(index)]; }
  bool constant(int32_t index) const { return !tensor(index).data.empty(); }
  // The tensor's numbers as floats (or as they are, when it is not quantised), in the order wanted.
  Result<std::string> read(int32_t index, Layout layout = Layout::rows);
  // Constant integers of an input: shapes, axes, pads.
  Result<std::vector<int64_t>> ints(int32_t index) const;
  // What the operator made, as floats: quantised here when the tensor is.
  void write(int32_t index, Layout layout, const std::string& name);
  // planes when a tensor that the operator reads is at hand in that order and the others can be brought into
  // it.
  Layout best_layout(const LiteOp& op) const;

  std::string add(std::string op, std::vector<std::string> inputs, std::vector<Attribute> attributes = {});
  std::string add_ints(const std::string& wish, std::vector<int64_t> values);
  std::string add_tensor(Tensor tensor);
  Graph& graph() { return model_.graph; }
  std::string fresh(const std::string& wish);
  // A constant with its dimensions in another order, and its scales with them.
  Result<std::string> permuted(int32_t index, const std::vector<size_t>& order);
  std::string activated(const std::string& name, int8_t activation);
  void need_opset(int64_t opset) { opset_ = std::max(opset_, opset); }

 private:
  struct Known {
    std::array<std::string, 2> floats;  // by Layout; "" when not made yet
    std::array<std::string, 2> stored;  // integers of a quantised tensor
  };
  Status add_inputs();
  Status add_outputs();
  Result<std::string> stored(int32_t index);
  std::string dequantised(const LiteTensor& tensor, const std::string& name, int64_t axis);
  std::string transposed(const std::string& name, Layout from);

  const LiteModel& lite_;
  Model model_;
  std::vector<Known> known_;
  std::map<std::string, int> names_;
  int64_t opset_ = 17;
};

struct LiteRow {
  int32_t code;
  std::string_view name;
  Status (*convert)(Converter& to, const LiteOp& op);
};
std::span<const LiteRow> lite_image_rows();   // convolutions, pools, resizing
std::span<const LiteRow> lite_math_rows();    // element by element, products, reductions
std::span<const LiteRow> lite_shape_rows();   // that move elements
std::span<const LiteRow> lite_memory_rows();  // recurrent

// The dims of channel-first order, and an axis of a channel-last tensor there.
inline constexpr std::array<size_t, 4> kToPlanes{0, 3, 1, 2};
inline int64_t axis_in_planes(int64_t axis) {
  return axis == 0 ? 0 : axis == 3 ? 1 : axis + 1;
}

}  // namespace oree::graph

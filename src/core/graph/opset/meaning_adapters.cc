// Defaults that changed and operators that were replaced.
#include <array>

#include "core/graph/numbers.h"
#include "core/graph/opset/adapters.h"

namespace oree::graph {
namespace {

// Version 9 dropped `spatial`; 0 meant statistics per activation, which nothing says any more.
Status batch_norm_9(Node& node, Adapting&) {
  if (int_or(node, "spatial", 1) == 0) {
    return fail(ErrorKind::unsupported,
                "normalises each activation by itself (spatial=0), which opset 9 dropped");
  }
  remove_attribute(node, "spatial");
  return {};
}

// Version 14: the running statistics became outputs that exist in training only.
Status batch_norm_14(Node& node, Adapting&) {
  if (node.outputs.size() > 1) node.outputs.resize(1);
  return {};
}

// Upsample became Resize; its coordinates stayed what they were.
Status upsample_10(Node& node, Adapting&) {
  node.op = "Resize";
  return {};
}

Status resize_11(Node& node, Adapting& adapting) {
  if (node.inputs.size() < 2) return fail(ErrorKind::invalid, "has no scales");
  const std::string scales = node.inputs[1];
  const std::string roi = adapting.constant(node.outputs.at(0) + "_roi", {0}, std::span<const float>{});
  node.inputs = {node.inputs[0], roi, scales};
  set_attribute(node, attribute("coordinate_transformation_mode", std::string("asymmetric")));
  if (text_or(node, "mode", "nearest") == "nearest") {
    set_attribute(node, attribute("nearest_mode", std::string("floor")));
  }
  return {};
}

Status scatter_11(Node& node, Adapting&) {
  node.op = "ScatterElements";
  return {};
}

// Until 13 everything from `axis` on was one row. With the axis last that is what 13 does; otherwise the
// input is flattened before and gets its shape back after.
Status softmax_13(Node& node, Adapting& adapting) {
  if (!has_input(node, 0) || !has_output(node, 0)) return fail(ErrorKind::invalid, "has no input or output");
  const int64_t axis = int_or(node, "axis", 1);
  const int64_t rank = adapting.rank(node.inputs[0]);
  if (axis == -1 || (rank > 0 && (axis == rank - 1 || axis + rank == rank - 1))) {
    set_attribute(node, attribute("axis", int64_t{-1}));
    return {};
  }
  const std::string input = node.inputs[0], output = node.outputs[0];
  const std::string flat = adapting.fresh(output + "_flat"), rows = adapting.fresh(output + "_rows");
  const std::string shape = adapting.fresh(output + "_shape");
  adapting.before.push_back(make_node("Shape", {input}, {shape}));
  adapting.before.push_back(make_node("Flatten", {input}, {flat}, {attribute("axis", axis)}));
  adapting.after.push_back(make_node("Reshape", {rows, shape}, {output}));
  node.inputs[0] = flat;
  node.outputs[0] = rows;
  set_attribute(node, attribute("axis", int64_t{-1}));
  return {};
}

Status dropout_mask(Node& node, Adapting&) {
  remove_attribute(node, "is_test");
  return {};
}

// 16 moved the default by half a pixel.
Status roi_align_16(Node& node, Adapting&) {
  if (find_attribute(node, "coordinate_transformation_mode") == nullptr) {
    set_attribute(node, attribute("coordinate_transformation_mode", std::string("output_half_pixel")));
  }
  return {};
}

Status split_18(Node& node, Adapting&) {
  if (!has_input(node, 1)) {
    set_attribute(node, attribute("num_outputs", static_cast<int64_t>(node.outputs.size())));
  }
  return {};
}

Status grid_sample_20(Node& node, Adapting&) {
  const std::string mode = text_or(node, "mode", "bilinear");
  if (mode == "bilinear") set_attribute(node, attribute("mode", std::string("linear")));
  if (mode == "bicubic") set_attribute(node, attribute("mode", std::string("cubic")));
  return {};
}

// 21 scales each channel; before, each group of them.
Status group_norm_21(Node& node, Adapting& adapting) {
  const int64_t groups = int_or(node, "num_groups", 0);
  const Value* input = has_input(node, 0) ? find_value(adapting.graph, node.inputs[0]) : nullptr;
  if (input == nullptr || input->type.dims.size() < 2 || !input->type.dims[1].known() || groups <= 0) {
    return fail(ErrorKind::unsupported,
                "needs the number of its channels to be scaled by channel; infer shapes first");
  }
  const int64_t each = input->type.dims[1].size / groups;
  for (size_t i = 1; i <= 2 && i < node.inputs.size(); ++i) {
    const Tensor* old = find_initializer(adapting.graph, node.inputs[i]);
    if (old == nullptr) return fail(ErrorKind::unsupported, "has a scale that is no constant");
    auto values = doubles_of(*old);
    if (!values) return forward(values);
    std::vector<double> wide;
    for (const double value : *values) wide.insert(wide.end(), static_cast<size_t>(each), value);
    auto tensor = tensor_as(adapting.fresh(old->name), old->type, {static_cast<int64_t>(wide.size())}, wide);
    if (!tensor) return forward(tensor);
    node.inputs[i] = tensor->name;
    adapting.graph.initializers.push_back(std::move(*tensor));
  }
  return {};
}

Status scan_9(Node&, Adapting&) {
  return fail(ErrorKind::unsupported,
              "Scan of opset 8 has another form; export the model with opset 9 or newer");
}

constexpr std::array kRows{Adapter{"BatchNormalization", 9, batch_norm_9},
                           Adapter{"Scan", 9, scan_9},
                           Adapter{"Upsample", 10, upsample_10},
                           Adapter{"Resize", 11, resize_11},
                           Adapter{"Scatter", 11, scatter_11},
                           Adapter{"Softmax", 13, softmax_13},
                           Adapter{"LogSoftmax", 13, softmax_13},
                           Adapter{"Hardmax", 13, softmax_13},
                           Adapter{"Dropout", 7, dropout_mask},
                           Adapter{"BatchNormalization", 14, batch_norm_14},
                           Adapter{"RoiAlign", 16, roi_align_16},
                           Adapter{"Split", 18, split_18},
                           Adapter{"GridSample", 20, grid_sample_20},
                           Adapter{"GroupNormalization", 21, group_norm_21}};

}  // namespace

std::span<const Adapter> meaning_adapters() {
  return kRows;
}

}  // namespace oree::graph

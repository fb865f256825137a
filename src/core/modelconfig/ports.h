// What a model takes and gives, as config.pbtxt says it. Plain values in the field's own names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/tensor/tensor.h"

namespace oree::modelconfig {

// nullopt: TYPE_INVALID, not said.
using DataType = std::optional<tensor::DType>;
using Dims = std::vector<int64_t>;  // -1: variable

enum class Format { none, nhwc, nchw };

struct Reshape {
  Dims shape;
};

struct Input {
  std::string name;
  DataType data_type;
  Format format = Format::none;
  Dims dims;  // without the batch dimension where max_batch_size > 0
  std::optional<Reshape> reshape;
  bool is_shape_tensor = false;
  bool allow_ragged_batch = false;
  bool optional = false;
  bool is_non_linear_format_io = false;
};

struct Output {
  std::string name;
  DataType data_type;
  Dims dims;
  std::optional<Reshape> reshape;
  std::string label_filename;
  bool is_shape_tensor = false;
  bool is_non_linear_format_io = false;
};

enum class BatchInputKind {
  element_count,
  accumulated_element_count,
  accumulated_element_count_with_zero,
  max_element_count_as_shape,
  item_shape,
  item_shape_flatten
};

struct BatchInput {
  BatchInputKind kind = BatchInputKind::element_count;
  std::vector<std::string> target_name;
  DataType data_type;
  std::vector<std::string> source_input;
};

enum class BatchOutputKind { scatter_with_input_shape };

struct BatchOutput {
  std::vector<std::string> target_name;
  BatchOutputKind kind = BatchOutputKind::scatter_with_input_shape;
  std::vector<std::string> source_input;
};

}  // namespace oree::modelconfig

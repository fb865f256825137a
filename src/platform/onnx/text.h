// Types and shapes as people write them.
#pragma once

#include <string>
#include <vector>

#include "platform/onnx/model.h"

namespace oree::onnx {

Type tensor_type(DataType element, std::vector<Dim> dims);
// "FLOAT[batch,3,?]"
std::string type_text(const Type& type);
std::string dims_text(const std::vector<int64_t>& dims);  // "[1,3]"

}  // namespace oree::onnx

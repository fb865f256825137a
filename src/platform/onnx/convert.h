// Between the schema's generated messages and our values. Private to this room.
#pragma once

#include <onnx-ml.pb.h>

#include "base/result.h"
#include "platform/onnx/codec.h"

namespace oree::onnx {

namespace pb = ::onnx;

// These empty the message they are given: what stays in it is what nobody read, and becomes `rest`.
Result<Model> read_model(pb::ModelProto& from, const Limits& limits);
Result<Tensor> read_tensor(pb::TensorProto& from, const Limits& limits);

Status write_model(const Model& from, pb::ModelProto& to);
Status write_tensor(const Tensor& from, pb::TensorProto& to);

}  // namespace oree::onnx

#include "services/oip/grpc/infer_response.h"

#include "services/oip/grpc/protobuf.h"

namespace oree::oip {
namespace {

using inference::CallOutput;
using protobuf::Writer;

void write_flag(Writer& writer, uint32_t number, std::string_view key, bool value) {
  const size_t entry = writer.begin(number);
  writer.always_text(1, key);
  const size_t parameter = writer.begin(2);
  writer.always_integer(1, value ? 1 : 0);
  writer.end(parameter);
  writer.end(entry);
}

void write_tensor(Writer& writer, const CallOutput& output) {
  const size_t start = writer.begin(5);
  writer.text(1, output.name);
  writer.text(2, tensor::facts(output.tensor.dtype).name);
  writer.packed(3, output.tensor.shape);
  writer.end(start);
}

}  // namespace

Status encode_infer_response(InferCall& call, bool final_response, std::string& out) {
  Writer writer(out);
  const inference::Description& model = call.served->description();
  writer.text(1, model.name);
  writer.text(2, model.version);
  writer.text(3, call.id);
  if (final_response) write_flag(writer, 4, "triton_final_response", true);
  size_t bytes = 0;
  for (const CallOutput& output : call.outputs) {
    write_tensor(writer, output);
    bytes += output.tensor.data.size() + 12;
  }
  out.reserve(out.size() + bytes);
  for (const CallOutput& output : call.outputs) writer.always_bytes(6, output.tensor.data);
  return {};
}

}  // namespace oree::oip

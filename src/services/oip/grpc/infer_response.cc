#include "services/oip/grpc/infer_response.h"

#include <algorithm>

#include "base/text.h"
#include "services/oip/grpc/protobuf.h"
#include "services/oip/wire/answer.h"

namespace oree::oip {
namespace {

using inference::CallOutput;
using protobuf::Writer;

constexpr uint32_t kParameters = 4;

template <class Value>
void write_parameter(Writer& writer, std::string_view key, Value value) {
  const size_t entry = writer.begin(kParameters);
  writer.always_text(1, key);
  const size_t parameter = writer.begin(2);
  if constexpr (std::is_same_v<Value, bool>) {
    writer.always_integer(1, value ? 1 : 0);
  } else if constexpr (std::is_same_v<Value, uint64_t>) {
    writer.always_integer(2, value);
  } else {
    writer.always_text(3, value);
  }
  writer.end(parameter);
  writer.end(entry);
}

void write_tensor(Writer& writer, const Shown& output, const OutputWish* in_region) {
  const size_t start = writer.begin(5);
  writer.text(1, output.name);
  writer.text(2, tensor::facts(output.dtype).name);
  writer.packed(3, output.shape);
  if (in_region != nullptr) {
    write_parameter(writer, "shared_memory_region", in_region->region);
    write_parameter(writer, "shared_memory_byte_size", static_cast<uint64_t>(output.data.size()));
    if (in_region->region_offset != 0) {
      write_parameter(writer, "shared_memory_offset", in_region->region_offset);
    }
  }
  writer.end(start);
}

// The tensor itself, or its classes; into the client's memory when they are wanted there.
Result<Shown> shown(InferCall& call, size_t index) {
  const CallOutput& output = call.outputs[index];
  const Shown whole{output.name, output.tensor.dtype, output.tensor.shape, output.tensor.data};
  if (index >= call.wishes.size() || call.wishes[index].classes == 0) return whole;
  const OutputWish& wish = call.wishes[index];
  auto classes = classify(whole, call.served->description(), output.index, wish.classes, call.arena);
  if (!classes || !wish.in_region) return classes;
  if (classes->data.size() > wish.place.size()) {
    return fail(ErrorKind::invalid,
                cat("the classes of output '", output.name, "' need ", classes->data.size(),
                    " bytes; their place holds ", wish.place.size()));
  }
  std::ranges::copy(classes->data, wish.place.begin());
  return classes;
}

}  // namespace

Status encode_infer_response(InferCall& call, std::optional<bool> is_final, std::string& out) {
  Writer writer(out);
  const inference::Description& model = call.served->description();
  writer.text(1, model.name);
  writer.text(2, model.version);
  writer.text(3, call.id);
  if (is_final) write_parameter(writer, "triton_final_response", *is_final);
  const std::span<Shown> outputs = call.arena.take_of<Shown>(call.outputs.size());
  size_t bytes = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto one = shown(call, i);
    if (!one) return forward(one);
    outputs[i] = *one;
    const bool in_region = i < call.wishes.size() && call.wishes[i].in_region;
    write_tensor(writer, outputs[i], in_region ? &call.wishes[i] : nullptr);
    if (in_region) outputs[i].data = {};
    bytes += outputs[i].data.size() + 12;
  }
  out.reserve(out.size() + bytes);
  for (const Shown& output : outputs) writer.always_bytes(6, output.data);
  return {};
}

Status encode_stream_response(InferCall& call, std::string& out) {
  Writer writer(out);
  const size_t start = writer.begin(2);
  if (Status encoded = encode_infer_response(call, true, out); !encoded) return encoded;
  writer.end(start);
  return {};
}

void encode_stream_error(const InferCall& call, std::string_view what, std::string& out) {
  Writer writer(out);
  writer.text(1, what);
  const size_t start = writer.begin(2);
  writer.text(1, call.model_name);
  writer.text(2, call.model_version);
  writer.text(3, call.id);
  write_parameter(writer, "triton_final_response", true);
  writer.end(start);
}

}  // namespace oree::oip

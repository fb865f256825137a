#include "services/oip/wire/answer.h"

#include "base/text.h"
#include "platform/json/value.h"

namespace oree::oip {

namespace {

void print_key(std::string& out, std::string_view key) {
  out += '"';
  out += key;
  out += "\":";
}

void print_integer(std::string& out, auto value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void print_shape(std::string& out, std::span<const int64_t> shape) {
  out += '[';
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) out += ',';
    print_integer(out, shape[i]);
  }
  out += ']';
}

Status refuse(const Shown& output) {
  if (output.dtype == tensor::DType::f16 || output.dtype == tensor::DType::bf16) {
    return fail(ErrorKind::unsupported,
                cat("sending ", tensor::facts(output.dtype).name,
                    " data via JSON is not supported. Please use the binary data format for output '",
                    output.name, "'"));
  }
  return fail(ErrorKind::unsupported,
              cat("output '", output.name,
                  "' holds NaN or an infinity, which JSON cannot carry. Please use the binary data format"));
}

Status print_output(std::string& out, const Shown& output, const Wish& wish) {
  out += "{\"name\":";
  json::quote_to(out, output.name);
  out += ",\"datatype\":\"";
  out += tensor::facts(output.dtype).name;
  out += "\",\"shape\":";
  print_shape(out, output.shape);
  if (wish.in_region) {
    // Nothing more: Triton's own C++ client takes an output's parameters for those of binary data.
  } else if (wish.binary) {
    out += ",\"parameters\":{\"binary_data_size\":";
    print_integer(out, output.data.size());
    out += '}';
  } else {
    out += ",\"data\":";
    if (!print_values(out, output.dtype, output.data)) return refuse(output);
  }
  out += '}';
  return {};
}

Result<Shown> shown(CallState& state, size_t i, const Wish& wish) {
  const inference::CallOutput& output = state.outputs[i];
  const Shown tensor{output.name, output.tensor.dtype, output.tensor.shape, output.tensor.data};
  if (wish.classes == 0) return tensor;
  return classify(tensor, state.served->description(), output.index, wish.classes, state.arena);
}

}  // namespace

Status print_answer(CallState& state) {
  std::string& out = state.answer;
  const inference::Description& model = state.served->description();
  out += "{\"model_name\":";
  json::quote_to(out, model.name);
  out += ",\"model_version\":";
  json::quote_to(out, model.version);
  if (!state.id.empty()) {
    out += ',';
    print_key(out, "id");
    json::quote_to(out, state.id);
  }
  out += ",\"outputs\":[";
  const std::span<ByteView> behind = state.arena.take_of<ByteView>(state.outputs.size());
  size_t binaries = 0;
  for (size_t i = 0; i < state.outputs.size(); ++i) {
    const Wish wish = state.wish(i);
    const Result<Shown> output = shown(state, i, wish);
    if (!output) return forward(output);
    if (i > 0) out += ',';
    if (Status printed = print_output(out, *output, wish); !printed) return printed;
    if (wish.binary && !wish.in_region) behind[binaries++] = output->data;
  }
  out += "]}";
  state.answer_json = out.size();
  state.answer_binary = binaries > 0;
  for (const ByteView bytes : behind.first(binaries)) out += as_text(bytes);
  return {};
}

}  // namespace oree::oip

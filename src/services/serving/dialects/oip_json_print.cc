#include <charconv>
#include <cmath>

#include "base/text.h"
#include "platform/json/value.h"
#include "platform/tensor/typed.h"
#include "services/serving/dialects/oip_json.h"

namespace oree::serving {

namespace {

// Appends "1,2.5,…". False at the first number that JSON has no word for.
template <class T>
bool print_numbers(std::string& out, std::span<const T> values) {
  constexpr size_t kLongest = 32;  // of any number and its comma
  constexpr size_t kPiece = 256;   // numbers for which room is made at once
  for (size_t begin = 0; begin < values.size(); begin += kPiece) {
    const std::span<const T> piece = values.subspan(begin, std::min(kPiece, values.size() - begin));
    const size_t before = out.size();
    out.resize(before + piece.size() * kLongest);
    char* end = out.data() + before;
    for (const T value : piece) {
      if constexpr (std::floating_point<T>) {
        if (!std::isfinite(value)) return false;
      }
      end = std::to_chars(end, end + kLongest, value).ptr;
      *end++ = ',';
    }
    out.resize(static_cast<size_t>(end - out.data()));
  }
  if (!values.empty()) out.pop_back();
  return true;
}

bool print_booleans(std::string& out, ByteView values) {
  for (const std::byte value : values) out += value == std::byte{0} ? "false," : "true,";
  if (!values.empty()) out.pop_back();
  return true;
}

Status print_data(std::string& out, const InferOutput& output) {
  const tensor::TensorView view = output.tensor.view();
  const auto finite = tensor::with_json_type(view.dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (std::same_as<T, bool>) {
      return print_booleans(out, view.data);
    } else {
      return print_numbers(out, view.as<T>());
    }
  });
  if (finite && *finite) return {};
  const std::string what = finite ? "NaN or an infinity" : std::string(tensor::facts(view.dtype).name);
  return fail(ErrorKind::unsupported,
              cat("output '", output.name, "' holds ", what, ", which JSON cannot carry"));
}

void print_shape(std::string& out, const tensor::Shape& shape) {
  out += '[';
  for (size_t i = 0; i < shape.size(); ++i) out += cat(i > 0 ? "," : "", shape[i]);
  out += ']';
}

void print_member(std::string& out, std::string_view key, std::string_view value) {
  out += cat("\"", key, "\":");
  json::quote_to(out, value);
}

}  // namespace

Result<std::string> print_infer_json(const InferAnswer& answer) {
  std::string out = "{";
  print_member(out, "model_name", answer.model_name);
  out += ',';
  print_member(out, "model_version", answer.model_version);
  if (!answer.id.empty()) {
    out += ',';
    print_member(out, "id", answer.id);
  }
  out += ",\"outputs\":[";
  for (const InferOutput& output : answer.outputs) {
    if (out.back() == '}') out += ',';
    out += '{';
    print_member(out, "name", output.name);
    out += ',';
    print_member(out, "datatype", tensor::facts(output.tensor.dtype).name);
    out += ",\"shape\":";
    print_shape(out, output.tensor.shape);
    out += ",\"data\":[";
    if (Status printed = print_data(out, output); !printed) return forward(printed);
    out += "]}";
  }
  return out + "]}";
}

}  // namespace oree::serving

#include "services/oip/wire/generate.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "platform/json/value.h"
#include "platform/tensor/typed.h"
#include "services/oip/json_body.h"
#include "services/oip/wire/answer.h"

namespace oree::oip {

namespace {

using inference::PortDescription;
using tensor::DType;

std::unexpected<Error> misfit(std::string_view input) {
  return fail(ErrorKind::invalid,
              cat("The schema can not convert input '", input, "' to tensor with proper shape"));
}

std::unexpected<Error> wrong_type(std::string_view input, DType dtype) {
  const std::string_view name = tensor::facts(dtype).name;
  const std::string_view type = name == "BYTES"           ? "string"
                                : name == "BOOL"          ? "boolean"
                                : name.starts_with("INT") ? "signed-integer"
                                : name.starts_with("U")   ? "unsigned-integer"
                                                          : "number";
  return fail(ErrorKind::invalid,
              cat("Unable to parse '", input, "': attempt to access JSON non-", type, " as ", type));
}

Result<std::span<const int64_t>> shape_for(const PortDescription& port, size_t elements, Arena& arena) {
  const std::span<int64_t> shape = arena.take_of<int64_t>(port.spec.shape.size());
  std::ranges::copy(port.spec.shape, shape.begin());
  for (const int64_t dimension : shape) {
    if (dimension < 0) continue;
    if (dimension == 0 || elements % static_cast<size_t>(dimension) != 0) return misfit(port.spec.name);
    elements /= static_cast<size_t>(dimension);
  }
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] < 0) shape[i] = static_cast<int64_t>(std::exchange(elements, 1));
  }
  if (elements != 1) return misfit(port.spec.name);
  return shape;
}

template <class T>
bool take_scalar(const json::Value& value, std::byte* out) {
  T number{};
  if constexpr (std::same_as<T, bool>) {
    if (value.boolean() == nullptr) return false;
    number = *value.boolean();
  } else if constexpr (std::floating_point<T>) {
    const auto any = value.number();
    if (!any) return false;
    number = static_cast<T>(*any);
  } else {
    const auto integer = value.integer();
    if (!integer || !std::in_range<T>(*integer)) return false;
    number = static_cast<T>(*integer);
  }
  std::memcpy(out, &number, sizeof number);
  return true;
}

Result<ByteView> texts(const PortDescription& port, std::span<const json::Value* const> values,
                       Arena& arena) {
  size_t size = 0;
  for (const json::Value* value : values) {
    if (value->text() == nullptr) return wrong_type(port.spec.name, DType::text);
    size += 4 + value->text()->size();
  }
  const std::span<std::byte> out = arena.take(size);
  std::byte* at = out.data();
  for (const json::Value* value : values) {
    const std::string& text = *value->text();
    for (int i = 0; i < 4; ++i) *at++ = static_cast<std::byte>(text.size() >> (8 * i));
    at = std::ranges::copy(as_bytes(text), at).out;
  }
  return out;
}

Result<ByteView> bytes_for(const PortDescription& port, std::span<const json::Value* const> values,
                           Arena& arena) {
  const DType dtype = port.spec.dtype;
  if (dtype == DType::text) return texts(port, values, arena);
  const size_t each = tensor::facts(dtype).bytes;
  const std::span<std::byte> out = arena.take(values.size() * each);
  const auto taken = tensor::with_json_type(dtype, [&]<class T>(std::type_identity<T>) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (!take_scalar<T>(*values[i], out.data() + i * each)) return false;
    }
    return true;
  });
  if (!taken.value_or(false)) return wrong_type(port.spec.name, dtype);
  return out;
}

// Lists of lists are their elements, row after row; no deeper than what reads JSON goes.
void flatten(const json::Value& value, std::vector<const json::Value*>& out) {
  if (value.array() == nullptr) return out.push_back(&value);
  for (const json::Value& each : *value.array()) flatten(each, out);
}

Status take_input(const PortDescription& port, const json::Value& value, CallState& state) {
  std::vector<const json::Value*> values;
  flatten(value, values);
  const auto shape = shape_for(port, values.size(), state.arena);
  if (!shape) return forward(shape);
  const auto bytes = bytes_for(port, values, state.arena);
  if (!bytes) return forward(bytes);
  state.inputs.push_back({port.spec.name, port.spec.dtype, *shape, *bytes});
  return {};
}

std::string_view kept(std::string_view text, Arena& arena) {
  const std::span<char> room = arena.take_of<char>(text.size());
  std::ranges::copy(text, room.begin());
  return {room.data(), room.size()};
}

Status take_members(const json::Object& members, const inference::Description& model, CallState& state,
                    bool top) {
  for (const auto& [key, value] : members) {
    const auto port =
        std::ranges::find(model.inputs, key, [](const PortDescription& p) { return p.spec.name; });
    if (port != model.inputs.end()) {
      if (Status taken = take_input(*port, value, state); !taken) return taken;
    } else if (top && key == "parameters") {
      if (value.object() == nullptr)
        return fail(ErrorKind::invalid, "Expected JSON object for keyword: 'parameters'");
      if (Status taken = take_members(*value.object(), model, state, false); !taken) return taken;
    } else if (top && key == "id" && value.text() != nullptr) {
      state.id = kept(*value.text(), state.arena);
    } else if (value.array() != nullptr || value.object() != nullptr || value.is_null()) {
      return fail(
          ErrorKind::invalid,
          cat("parameter '", key, "' has invalid type. It should be either 'int', 'bool', or 'string'."));
    }
  }
  return {};
}

}  // namespace

Status read_generate(std::string_view body, const inference::Description& model, CallState& state) {
  const Result<json::Value> parsed = read_json(body);
  if (!parsed) return forward(parsed);
  if (parsed->object() == nullptr)
    return fail(ErrorKind::invalid, "attempt to access JSON non-object as object");
  return take_members(*parsed->object(), model, state, true);
}

Status print_generated(CallState& state) {
  std::string& out = state.answer;
  const inference::Description& model = state.served->description();
  const auto member = [&](std::string_view key) {
    out += ',';
    json::quote_to(out, key);
    out += ':';
  };
  out += "{\"model_name\":";
  json::quote_to(out, model.name);
  member("model_version");
  json::quote_to(out, model.version);
  if (!state.id.empty()) {
    member("id");
    json::quote_to(out, state.id);
  }
  for (const inference::CallOutput& output : state.outputs) {
    member(output.name);
    const size_t before = out.size();
    if (!print_values(out, output.tensor.dtype, output.tensor.data)) {
      return fail(ErrorKind::unsupported, cat("output '", output.name, "' holds what JSON cannot carry"));
    }
    const Result<size_t> elements = tensor::element_count(output.tensor.shape);
    if (elements && *elements == 1) {
      out.pop_back();
      out.erase(before, 1);
    }
  }
  out += '}';
  state.answer_json = out.size();
  return {};
}

}  // namespace oree::oip

#include "services/serving/dialects/oip_json.h"

#include <cmath>
#include <optional>

#include "base/text.h"
#include "platform/tensor/typed.h"

namespace oree::serving {

namespace {

using json::Cursor;
using tensor::DType;

// One input while its members come in, in any order.
struct Draft {
  InferInput input;
  std::optional<DType> dtype;
  bool has_name = false, has_shape = false, has_data = false;
  std::optional<json::Value> late;  // data that came before its datatype
};

Status refuse_datatype(std::string_view name, DType dtype) {
  if (dtype == DType::text) {
    return fail(ErrorKind::unsupported, cat("BYTES tensors are not supported (input '", name, "')"));
  }
  return fail(
      ErrorKind::invalid,
      cat("sending ", tensor::facts(dtype).name,
          " data via JSON is not supported. Please use the binary data format for input '", name, "'"));
}

template <class T>
void hold(std::vector<T> values, InferInput& input) {
  auto kept = std::make_shared<const std::vector<T>>(std::move(values));
  input.data = std::as_bytes(std::span(*kept));
  input.keep = std::move(kept);
}

void hold(const std::vector<bool>& values, InferInput& input) {
  hold(std::vector<uint8_t>(values.begin(), values.end()), input);
}

// What the shape promises, but no more than the body can hold.
size_t expected_elements(const Draft& draft, size_t limit) {
  if (!draft.has_shape) return 0;
  const Result<size_t> count = tensor::element_count(draft.input.shape);
  return count ? std::min(*count, limit) : 0;
}

Status read_data(Cursor& value, size_t limit, Draft& draft) {
  draft.has_data = true;
  if (!draft.dtype) {
    Result<json::Value> tree = value.value();
    if (!tree) return forward(tree);
    draft.late = std::move(*tree);
    return {};
  }
  return tensor::with_json_type(*draft.dtype,
                                [&]<class T>(std::type_identity<T>) -> Status {
                                  std::vector<T> values;
                                  values.reserve(expected_elements(draft, limit));
                                  if (Status read = value.numbers(values, limit); !read) return read;
                                  hold(std::move(values), draft.input);
                                  return {};
                                })
      .value_or(Status{});  // datatypes that JSON does not carry are refused when the name is known
}

template <class T>
std::optional<T> element(const json::Value& value) {
  if constexpr (std::same_as<T, bool>) {
    return value.boolean() ? std::optional(*value.boolean()) : std::nullopt;
  } else if constexpr (std::floating_point<T>) {
    const auto number = value.number();
    return number ? std::optional(static_cast<T>(*number)) : std::nullopt;
  } else {
    const auto number = value.integer();
    return number && std::in_range<T>(*number) ? std::optional(static_cast<T>(*number)) : std::nullopt;
  }
}

template <class T>
Status flatten(const json::Value& value, std::vector<T>& out) {
  if (const json::Array* array = value.array()) {
    for (const json::Value& inner : *array) {
      if (Status flat = flatten(inner, out); !flat) return flat;
    }
    return {};
  }
  const std::optional<T> number = element<T>(value);
  if (!number) return fail(ErrorKind::invalid, cat("element ", out.size(), " does not fit the datatype"));
  out.push_back(*number);
  return {};
}

Status finish(Draft& draft, InferRequest& request) {
  InferInput& input = draft.input;
  if (!draft.has_name) return fail(ErrorKind::invalid, "an input has no 'name'");
  const std::string where = cat("input '", input.name, "'");
  if (!draft.has_shape) return fail(ErrorKind::invalid, cat(where, " has no 'shape'"));
  if (!draft.dtype) return fail(ErrorKind::invalid, cat(where, " has no 'datatype'"));
  if (!draft.has_data) return fail(ErrorKind::invalid, cat(where, " has no 'data'"));
  input.dtype = *draft.dtype;
  const auto done = tensor::with_json_type(input.dtype, [&]<class T>(std::type_identity<T>) -> Status {
    if (!draft.late) return {};
    std::vector<T> values;
    if (Status flat = flatten(*draft.late, values); !flat) return forward(flat, where);
    hold(std::move(values), input);
    return {};
  });
  if (!done) return refuse_datatype(input.name, input.dtype);
  if (!*done) return *done;
  request.inputs.push_back(std::move(input));
  return {};
}

Status read_shape(Cursor& value, Draft& draft) {
  constexpr size_t kMaxRank = 32;
  draft.has_shape = true;
  draft.input.shape.clear();
  return value.numbers(draft.input.shape, kMaxRank);
}

Status read_datatype(Cursor& value, Draft& draft) {
  const Result<std::string_view> name = value.text();
  if (!name) return forward(name);
  draft.dtype = tensor::parse_dtype(*name);
  if (!draft.dtype) return fail(ErrorKind::invalid, cat("no datatype '", *name, "'"));
  return {};
}

Status read_text(Cursor& value, std::string& out) {
  const Result<std::string_view> text = value.text();
  if (!text) return forward(text);
  out = *text;
  return {};
}

Status read_input_parameters(Cursor& value) {
  return value.object([](std::string_view key, Cursor&) -> Status {
    if (key == "binary_data_size") {
      return fail(ErrorKind::unsupported, "binary tensors are not spoken yet; send the tensor's 'data'");
    }
    if (key.starts_with("shared_memory")) return fail(ErrorKind::unsupported, "shared memory is not spoken");
    return {};
  });
}

Status read_input(Cursor& value, size_t limit, InferRequest& request) {
  Draft draft;
  const Status read = value.object([&](std::string_view key, Cursor& member) -> Status {
    if (key == "data") return read_data(member, limit, draft);
    if (key == "shape") return read_shape(member, draft);
    if (key == "datatype") return read_datatype(member, draft);
    if (key == "parameters") return read_input_parameters(member);
    if (key != "name") return {};
    draft.has_name = true;
    return read_text(member, draft.input.name);
  });
  if (!read) return read;
  return finish(draft, request);
}

Status read_output(Cursor& value, InferRequest& request) {
  std::string name;
  const Status read = value.object([&](std::string_view key, Cursor& member) -> Status {
    return key == "name" ? read_text(member, name) : Status{};
  });
  if (!read) return read;
  if (name.empty()) return fail(ErrorKind::invalid, "an output has no 'name'");
  request.outputs.push_back(std::move(name));
  return {};
}

}  // namespace

Result<InferRequest> parse_infer_json(json::Reader& reader, std::string_view body) {
  InferRequest request;
  bool has_inputs = false;
  const Status parsed = reader.parse(body, [&](Cursor& root) {
    return root.object([&](std::string_view key, Cursor& member) -> Status {
      if (key == "id") return read_text(member, request.id);
      if (key == "outputs") return member.array([&](Cursor& each) { return read_output(each, request); });
      if (key != "inputs") return {};
      has_inputs = true;
      return member.array([&](Cursor& each) { return read_input(each, body.size(), request); });
    });
  });
  if (!parsed) return forward(parsed, "the request is no inference");
  if (!has_inputs) return fail(ErrorKind::invalid, "the request has no 'inputs'");
  return request;
}

}  // namespace oree::serving

#include "services/dialects/json_tensors.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/tensor/typed.h"

namespace oree::dialects {

namespace {

using inference::Description;
using inference::PortDescription;
using json::Cursor;
using tensor::DType;

constexpr size_t kMaxElements = size_t{1} << 28;
constexpr size_t kMaxRows = 1 << 20;
constexpr size_t kMaxRank = 16;

std::string_view to_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T>
void append(Column& column, const T* values, size_t count) {
  const size_t at = column.bytes.size();
  column.bytes.resize(at + count * sizeof(T));
  if (count > 0) std::memcpy(column.bytes.data() + at, values, count * sizeof(T));
}

void append_text(Column& column, std::string_view text) {
  const auto length = static_cast<uint32_t>(text.size());
  append(column, &length, 1);
  append(column, text.data(), text.size());
}

// A number of a tree, for values whose shape has to be looked at first.
template <class T>
bool append_number(Column& column, const json::Value& value) {
  T number{};
  if constexpr (std::same_as<T, bool>) {
    if (value.boolean() == nullptr) return false;
    number = *value.boolean();
  } else if constexpr (std::floating_point<T>) {
    if (!value.number()) return false;
    number = static_cast<T>(*value.number());
  } else {
    if (!value.integer() || !std::in_range<T>(*value.integer())) return false;
    number = static_cast<T>(*value.integer());
  }
  append(column, &number, 1);
  return true;
}

// Text, or bytes in base 64.
Status append_text_value(Column& column, const json::Value& value) {
  if (value.text() != nullptr) {
    append_text(column, *value.text());
    return {};
  }
  const json::Value* encoded = value.find("b64");
  if (encoded == nullptr || encoded->text() == nullptr) {
    return fail(ErrorKind::invalid, "JSON Value: expected a string or {\"b64\": …}");
  }
  const auto decoded = crypto::from_base64(*encoded->text());
  if (!decoded) return fail(ErrorKind::invalid, "b64 is not base 64");
  append_text(column, to_text(*decoded));
  return {};
}

Status append_leaf(Column& column, DType dtype, const json::Value& value) {
  if (dtype == DType::text) return append_text_value(column, value);
  const auto fits = tensor::with_json_type(
      dtype, [&]<class T>(std::type_identity<T>) { return append_number<T>(column, value); });
  if (!fits) return fail(ErrorKind::unsupported, cat("JSON carries no ", tensor::facts(dtype).name));
  if (!*fits) {
    return fail(ErrorKind::invalid, cat("JSON Value: ", json::print(value).substr(0, 40),
                                        " Type: ", tensor::facts(dtype).name, " is not of expected type"));
  }
  return {};
}

bool is_leaf(const json::Value& value) {
  return value.array() == nullptr;
}

// Walks a tree: notes the dimensions on the first way down, holds every other way against them.
Status walk(const json::Value& value, DType dtype, size_t depth, tensor::Shape& dims, bool& first,
            Column& column) {
  if (is_leaf(value)) {
    if (depth != dims.size()) return fail(ErrorKind::invalid, "Encountered list at unexpected size");
    first = false;
    return append_leaf(column, dtype, value);
  }
  const json::Array& list = *value.array();
  if (depth == kMaxRank) return fail(ErrorKind::invalid, "too many dimensions");
  if (first && depth == dims.size()) dims.push_back(static_cast<int64_t>(list.size()));
  if (depth >= dims.size() || dims[depth] != static_cast<int64_t>(list.size())) {
    return fail(ErrorKind::invalid, cat("Encountered list at unexpected size: ", list.size()));
  }
  for (const json::Value& inner : list) {
    if (Status walked = walk(inner, dtype, depth + 1, dims, first, column); !walked) return walked;
  }
  return {};
}

Status read_tree(const json::Value& value, DType dtype, Column& column) {
  tensor::Shape dims;
  bool first = true;
  if (Status walked = walk(value, dtype, 0, dims, first, column); !walked) return walked;
  if (column.rows > 0 && dims != column.dims) {
    return fail(ErrorKind::invalid, "all instances must have the same shape");
  }
  column.dims = std::move(dims);
  ++column.rows;
  return {};
}

// The dimensions that a value of `count` elements has, when the model leaves at most one of them open.
bool infer_dims(std::span<const int64_t> spec, size_t count, tensor::Shape& dims) {
  dims.assign(spec.begin(), spec.end());
  int64_t known = 1;
  int64_t* open = nullptr;
  for (int64_t& dim : dims) {
    if (dim >= 0) {
      known *= dim;
    } else if (open != nullptr) {
      return false;
    } else {
      open = &dim;
    }
  }
  if (open == nullptr) return static_cast<size_t>(known) == count;
  if (known == 0 || count % static_cast<size_t>(known) != 0) return false;
  *open = static_cast<int64_t>(count) / known;
  return true;
}

size_t open_dims(std::span<const int64_t> spec) {
  return static_cast<size_t>(std::ranges::count_if(spec, [](int64_t dim) { return dim < 0; }));
}

// Numbers go straight into typed memory when the model's shape says how to cut them.
Status read_value(Cursor& value, const PortDescription& port, std::span<const int64_t> spec, Column& column) {
  const DType dtype = port.spec.dtype;
  if (dtype == DType::text || open_dims(spec) > 1 || spec.empty()) {
    const Result<json::Value> tree = value.value();
    if (!tree) return forward(tree);
    return read_tree(*tree, dtype, column);
  }
  const auto read = tensor::with_json_type(dtype, [&]<class T>(std::type_identity<T>) -> Status {
    std::vector<T> numbers;
    if (Status fits = value.numbers(numbers, kMaxElements); !fits) return fits;
    tensor::Shape dims;
    if (!infer_dims(spec, numbers.size(), dims)) {
      return fail(ErrorKind::invalid, cat("'", port.spec.name, "': ", numbers.size(),
                                          " values do not fit shape ", tensor::shape_text(spec)));
    }
    if (column.rows > 0 && dims != column.dims) {
      return fail(ErrorKind::invalid, "all instances must have the same shape");
    }
    column.dims = std::move(dims);
    ++column.rows;
    if constexpr (std::same_as<T, bool>) {
      const std::vector<uint8_t> bytes(numbers.begin(), numbers.end());
      append(column, bytes.data(), bytes.size());
    } else {
      append(column, numbers.data(), numbers.size());
    }
    return {};
  });
  if (!read) return fail(ErrorKind::unsupported, cat("JSON carries no ", tensor::facts(dtype).name));
  return *read;
}

class QuestionReader {
 public:
  QuestionReader(const Description& model, Question& question) : model_(model), question_(question) {}

  Status read(json::Reader& reader, std::string_view body) {
    bool asked = false;
    Status read = reader.parse(body, [&](Cursor& root) {
      return root.object([&](std::string_view key, Cursor& value) -> Status {
        if (key == "signature_name") return name(value);
        if (key != "instances" && key != "inputs") return {};
        if (asked) {
          return fail(ErrorKind::invalid, "Request has both 'instances' and 'inputs', or one of them twice");
        }
        asked = true;
        question_.by_rows = key == "instances";
        return question_.by_rows ? instances(value) : columns(value);
      });
    });
    if (!read) return fail(ErrorKind::invalid, cat("JSON Parse error: ", read.error().what));
    if (!asked) return fail(ErrorKind::invalid, "Missing 'inputs' or 'instances' key");
    return {};
  }

 private:
  Status name(Cursor& value) {
    const Result<std::string_view> text = value.text();
    if (!text) return fail(ErrorKind::invalid, "'signature_name' key must be a string value.");
    question_.signature = *text;
    return {};
  }

  // Rows are values of the only input, or objects that name each of them.
  Status instances(Cursor& list) {
    size_t row = 0;
    Status read = list.array([&](Cursor& value) -> Status {
      if (++row > kMaxRows) return fail(ErrorKind::invalid, cat("more than ", kMaxRows, " instances"));
      return instance(value);
    });
    if (!read) return read;
    if (row == 0) {
      return fail(ErrorKind::invalid,
                  "no values for 'instances'. 'instances' key must be a list with at least one value.");
    }
    for (const auto& [name, column] : question_.inputs) {
      if (column.rows != row) {
        return fail(ErrorKind::invalid,
                    cat("input '", name, "' came with ", column.rows, " of ", row, " instances"));
      }
    }
    return {};
  }

  Status instance(Cursor& value) {
    Status named = value.object([&](std::string_view key, Cursor& member) -> Status {
      if (key == "b64" && only_text()) return encoded(member);
      return input(key, member, true);
    });
    if (named || !wrong_type(named)) return named;
    return only(value, true);
  }

  Status columns(Cursor& value) {
    Status named = value.object([&](std::string_view key, Cursor& member) -> Status {
      if (key == "b64" && only_text()) return encoded(member);
      return input(key, member, false);
    });
    if (named || !wrong_type(named)) return named;
    return only(value, false);
  }

  bool only_text() const { return model_.inputs.size() == 1 && model_.inputs[0].spec.dtype == DType::text; }

  // {"b64": …} as the only input's value; the cursor is inside that object already.
  Status encoded(Cursor& member) {
    const Result<std::string_view> text = member.text();
    if (!text) return forward(text);
    Column& column = question_.inputs[model_.inputs[0].spec.name];
    const json::Value value(json::Object{{"b64", *text}});
    if (Status added = append_text_value(column, value); !added) return added;
    ++column.rows;
    return {};
  }

  // An object was asked for, something else is there: the cursor can be asked again.
  static bool wrong_type(const Status& status) {
    return status.error().what.find("must be an object") != std::string::npos;
  }

  Status only(Cursor& value, bool row) {
    if (model_.inputs.size() != 1) {
      return fail(ErrorKind::invalid,
                  cat("the model has ", model_.inputs.size(), " inputs; name each of them in an object"));
    }
    return input(model_.inputs[0].spec.name, value, row);
  }

  Status input(std::string_view name, Cursor& value, bool row) {
    const auto port = std::ranges::find(model_.inputs, name, [](const auto& each) { return each.spec.name; });
    if (port == model_.inputs.end()) {
      return fail(ErrorKind::invalid, cat("'", name, "' is no input of model '", model_.name, "'"));
    }
    std::span<const int64_t> spec = port->spec.shape;
    if (row && !spec.empty()) spec = spec.subspan(1);
    Column& column = question_.inputs[std::string(name)];
    if (!row && column.rows > 0) return fail(ErrorKind::invalid, cat("input '", name, "' came twice"));
    Status read = read_value(value, *port, spec, column);
    if (!read) return forward(read, cat("input '", name, "'"));
    return {};
  }

  const Description& model_;
  Question& question_;
};

// ---- answers

void print_text(std::string& out, std::string_view text, bool as_bytes) {
  if (!as_bytes) return json::quote_to(out, text);
  out += "{\"b64\": \"";
  out += crypto::base64(oree::as_bytes(text));
  out += "\"}";
}

template <class T>
void print_number(std::string& out, T value) {
  if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::floating_point<T>) {
    if (value != value) {
      out += "NaN";
    } else if (value - value != 0) {
      out += value > 0 ? "Infinity" : "-Infinity";
    } else {
      char text[40];
      const auto end = std::to_chars(text, text + sizeof text, value).ptr;
      out.append(text, end);
      if (std::find_if(text, end, [](char c) { return c == '.' || c == 'e'; }) == end) out += ".0";
    }
  } else {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  }
}

// Elements one after the other, whatever they are.
class Elements {
 public:
  Elements(std::string_view name, const tensor::TensorView& view)
      : view_(view), as_bytes_(name.ends_with("_bytes")) {}

  Status check() const {
    const DType dtype = view_.dtype;
    if (dtype == DType::f16 || dtype == DType::bf16) {
      return fail(ErrorKind::unsupported, cat("JSON carries no ", tensor::facts(dtype).name));
    }
    return {};
  }

  void print_next(std::string& out) {
    if (view_.dtype == DType::text) return print_next_text(out);
    tensor::with_json_type(view_.dtype, [&]<class T>(std::type_identity<T>) {
      T value{};
      std::memcpy(&value, view_.data.data() + at_, sizeof value);
      at_ += sizeof value;
      print_number(out, value);
      return true;
    });
  }

  // A value of these dimensions, nested.
  void print(std::string& out, std::span<const int64_t> dims) {
    if (dims.empty()) return print_next(out);
    out += '[';
    for (int64_t i = 0; i < dims[0]; ++i) {
      if (i > 0) out += ", ";
      print(out, dims.subspan(1));
    }
    out += ']';
  }

 private:
  void print_next_text(std::string& out) {
    uint32_t length = 0;
    if (view_.data.size() - at_ < sizeof length) return print_text(out, "", as_bytes_);
    std::memcpy(&length, view_.data.data() + at_, sizeof length);
    at_ += sizeof length;
    const size_t whole = std::min<size_t>(length, view_.data.size() - at_);
    print_text(out, to_text(view_.data.subspan(at_, whole)), as_bytes_);
    at_ += whole;
  }

  const tensor::TensorView view_;
  const bool as_bytes_;
  size_t at_ = 0;
};

Result<std::string> print_columns(const inference::Call& call) {
  std::string out = "{\n    \"outputs\": ";
  const bool bare = call.outputs.size() == 1;
  if (!bare) out += '{';
  for (const inference::CallOutput& output : call.outputs) {
    Elements elements(output.name, output.tensor.view());
    if (Status printable = elements.check(); !printable) return forward(printable);
    if (!bare) {
      out += &output == &call.outputs.front() ? "\n        " : ",\n        ";
      json::quote_to(out, output.name);
      out += ": ";
    }
    elements.print(out, output.tensor.shape);
  }
  return out += bare ? "\n}" : "\n    }\n}";
}

Result<std::string> print_rows(const inference::Call& call) {
  std::vector<Elements> columns;
  int64_t rows = -1;
  for (const inference::CallOutput& output : call.outputs) {
    const tensor::Shape& shape = output.tensor.shape;
    if (shape.empty() || (rows >= 0 && shape[0] != rows)) {
      return fail(ErrorKind::invalid, cat("Tensor name: ", output.name,
                                          " has inconsistent batch size; ask with 'inputs' instead"));
    }
    rows = shape[0];
    columns.emplace_back(output.name, output.tensor.view());
    if (Status printable = columns.back().check(); !printable) return forward(printable);
  }
  std::string out = "{\n    \"predictions\": [";
  for (int64_t row = 0; row < rows; ++row) {
    if (row > 0) out += ", ";
    if (columns.size() > 1) out += "\n        {";
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns.size() > 1) {
        if (i > 0) out += ", ";
        json::quote_to(out, call.outputs[i].name);
        out += ": ";
      }
      columns[i].print(out, std::span(call.outputs[i].tensor.shape).subspan(1));
    }
    if (columns.size() > 1) out += '}';
  }
  return out += "\n    ]\n}";
}

}  // namespace

Result<Question> read_question(json::Reader& reader, std::string_view body, const Description& model) {
  Question question;
  if (Status read = QuestionReader(model, question).read(reader, body); !read) return forward(read);
  return question;
}

Status fill_call(const Question& question, const Description& model, std::vector<tensor::Shape>& shapes,
                 inference::Call& call) {
  shapes.clear();
  shapes.reserve(question.inputs.size());
  for (const auto& [name, column] : question.inputs) {
    const auto port = std::ranges::find(model.inputs, name, [](const auto& each) { return each.spec.name; });
    tensor::Shape& shape = shapes.emplace_back(column.dims);
    if (question.by_rows) shape.insert(shape.begin(), static_cast<int64_t>(column.rows));
    // A vector whose only dimension is the batch is served as [batch, 1].
    if (shape.size() + 1 == port->spec.shape.size() && port->spec.shape.back() == 1) shape.push_back(1);
    call.inputs.push_back({name, port->spec.dtype, shape, column.bytes});
  }
  return {};
}

Result<std::string> print_answer(const inference::Call& call, bool by_rows) {
  return by_rows ? print_rows(call) : print_columns(call);
}

void print_element(std::string& out, const tensor::TensorView& view, size_t index) {
  tensor::with_json_type(view.dtype, [&]<class T>(std::type_identity<T>) {
    T value{};
    std::memcpy(&value, view.data.data() + index * sizeof value, sizeof value);
    print_number(out, value);
    return true;
  });
}

}  // namespace oree::dialects

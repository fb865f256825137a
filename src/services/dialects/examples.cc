#include "services/dialects/examples.h"

#include "base/text.h"
#include "core/inference/service/ask.h"
#include "platform/json/value.h"
#include "services/dialects/json_tensors.h"

namespace oree::dialects {

namespace {

using inference::CallOutput;
using json::Array;
using json::Object;
using json::Value;

// Features that all examples share stand in the context.
Result<std::string> as_instances(std::string_view body) {
  const Result<Value> parsed = json::parse(body);
  if (!parsed) return fail(ErrorKind::invalid, cat("JSON Parse error: ", parsed.error().what));
  const Value* examples = parsed->find("examples");
  if (examples == nullptr || examples->array() == nullptr || examples->array()->empty()) {
    return fail(ErrorKind::invalid, "When method is classify, key 'examples' is expected and must be a list");
  }
  const Value* context = parsed->find("context");
  Array instances;
  for (const Value& example : *examples->array()) {
    if (example.object() == nullptr) {
      return fail(ErrorKind::invalid, "Example must be JSON object but received something else");
    }
    Value& instance = instances.emplace_back(example);
    if (context == nullptr || context->object() == nullptr) continue;
    for (const json::Member& member : *context->object()) {
      if (example.find(member.first) == nullptr) instance.set(member.first, member.second);
    }
  }
  return json::print(Object{{"instances", std::move(instances)}});
}

struct Row {
  int64_t count = 0;  // of examples
  size_t width = 0;   // numbers per example
};

Result<Row> row_of(const CallOutput& output, size_t examples) {
  const tensor::Shape& shape = output.tensor.shape;
  const Result<size_t> count = tensor::element_count(shape);
  if (!count || shape.empty() || static_cast<size_t>(shape[0]) != examples) {
    return fail(ErrorKind::invalid, cat("output '", output.name, "' of shape ", tensor::shape_text(shape),
                                        " does not have one row per example"));
  }
  return Row{shape[0], *count / static_cast<size_t>(shape[0])};
}

void print_classes(std::string& out, const tensor::TensorView& scores, size_t row, size_t width,
                   const std::vector<std::string>& labels) {
  out += '[';
  for (size_t i = 0; i < width; ++i) {
    if (i > 0) out += ", ";
    out += '[';
    json::quote_to(out, i < labels.size() ? labels[i] : std::to_string(i));
    out += ", ";
    print_element(out, scores, row * width + i);
    out += ']';
  }
  out += ']';
}

}  // namespace

Result<std::string> ask_examples(inference::Served& served, std::string_view body, bool classify) {
  const inference::Description& model = served.description();
  if (model.outputs.empty() || model.outputs[0].spec.dtype == tensor::DType::text) {
    return fail(ErrorKind::invalid, "the model's first output holds no numbers");
  }
  const Result<std::string> rows = as_instances(body);
  if (!rows) return forward(rows);
  json::Reader reader;
  const Result<Question> question = read_question(reader, *rows, model);
  if (!question) return forward(question);
  std::vector<tensor::Shape> shapes;
  inference::WaitingCall call;
  if (Status filled = fill_call(*question, model, shapes, call); !filled) return forward(filled);
  call.outputs.emplace_back().name = model.outputs[0].spec.name;
  if (Status asked = inference::ask(served, call); !asked) return forward(asked);
  const size_t examples = question->inputs.empty() ? 0 : question->inputs.begin()->second.rows;
  const Result<Row> row = row_of(call.outputs[0], examples);
  if (!row) return forward(row);
  if (!classify && row->width != 1) {
    return fail(ErrorKind::invalid,
                cat("Expected one number per example to regress; the model gives ", row->width));
  }
  std::string out = "{\n    \"results\": [";
  for (size_t i = 0; i < static_cast<size_t>(row->count); ++i) {
    if (i > 0) out += ", ";
    if (classify) {
      print_classes(out, call.outputs[0].tensor.view(), i, row->width, model.outputs[0].labels);
    } else {
      print_element(out, call.outputs[0].tensor.view(), i);
    }
  }
  return out += "]\n}";
}

}  // namespace oree::dialects

#include "services/dialects/tf_serving.h"

#include <algorithm>

#include "base/text.h"
#include "core/inference/service/ask.h"
#include "services/dialects/examples.h"
#include "services/dialects/json_tensors.h"

namespace oree::dialects {

namespace {

using http::Request;
using http::Response;
using inference::Description;
using inference::IndexRow;
using inference::Served;
using json::Array;
using json::Object;
using json::Value;

Response error_body(int status, std::string_view what) {
  return http::json(status, json::print(Object{{"error", what}}));
}

Response refusal(const Error& error) {
  return error_body(facts(error.kind).http_status, error.what);
}

// The path of a question: which model, which version, what is asked of it.
struct Address {
  std::string model, version, label, verb;
};

std::string servable(const Address& address) {
  if (!address.version.empty()) return cat("Specific(", address.model, ", ", address.version, ")");
  return cat("Latest(", address.model, ")");
}

std::string take_verb(std::string& last) {
  const size_t colon = last.rfind(':');
  if (colon == std::string::npos) return "";
  std::string verb = last.substr(colon + 1);
  last.resize(colon);
  return verb;
}

Address address_of(const Request& request) {
  Address address{std::string(request.capture("model")), std::string(request.capture("version")),
                  std::string(request.capture("label")), ""};
  std::string& last = !address.version.empty() ? address.version
                      : !address.label.empty() ? address.label
                                               : address.model;
  if (request.method == "POST") address.verb = take_verb(last);
  return address;
}

// The names in TensorFlow's enumeration of datatypes.
std::string_view tf_type(tensor::DType dtype) {
  using tensor::DType;
  switch (dtype) {
    case DType::boolean:
      return "DT_BOOL";
    case DType::u8:
      return "DT_UINT8";
    case DType::u16:
      return "DT_UINT16";
    case DType::u32:
      return "DT_UINT32";
    case DType::u64:
      return "DT_UINT64";
    case DType::i8:
      return "DT_INT8";
    case DType::i16:
      return "DT_INT16";
    case DType::i32:
      return "DT_INT32";
    case DType::i64:
      return "DT_INT64";
    case DType::f16:
      return "DT_HALF";
    case DType::bf16:
      return "DT_BFLOAT16";
    case DType::f32:
      return "DT_FLOAT";
    case DType::f64:
      return "DT_DOUBLE";
    case DType::text:
      return "DT_STRING";
  }
  return "DT_INVALID";
}

Object tensors(const std::vector<inference::PortDescription>& ports) {
  Object out;
  for (const inference::PortDescription& port : ports) {
    Array dims;
    for (const int64_t size : port.spec.shape) {
      dims.emplace_back(Object{{"size", std::to_string(size)}, {"name", ""}});
    }
    out.emplace_back(port.spec.name,
                     Object{{"dtype", tf_type(port.spec.dtype)},
                            {"tensor_shape", Object{{"dim", std::move(dims)}, {"unknown_rank", false}}},
                            {"name", port.spec.name}});
  }
  return out;
}

class TfServing {
 public:
  TfServing(inference::Service& service, Neighbours neighbours)
      : service_(service), neighbours_(std::move(neighbours)) {}

  Response status(const Request& request) const {
    const Address address = address_of(request);
    const auto served = find(address);
    Array status = version_status(service_.index(), address.model, address.version);
    if (status.empty()) return error_body(404, cat("Could not find any versions of model ", address.model));
    return http::json(200, json::print(Object{{"model_version_status", std::move(status)},
                                              {"name", address.model},
                                              {"ready", served.has_value()}}));
  }

  Response metadata(const Request& request) const {
    const Address address = address_of(request);
    const auto served = find(address);
    if (!served) return refusal(served.error());
    const Description& model = (*served)->description();
    Object signature{{"inputs", tensors(model.inputs)},
                     {"outputs", tensors(model.outputs)},
                     {"method_name", "tensorflow/serving/predict"}};
    Object body{
        {"model_spec", Object{{"name", model.name}, {"signature_name", ""}, {"version", model.version}}},
        {"metadata", Object{{"signature_def",
                             Object{{"signature_def", Object{{"serving_default", std::move(signature)}}}}}}}};
    if (neighbours_.metadata) {
      for (json::Member& member : neighbours_.metadata(model.name)) body.push_back(std::move(member));
    }
    return http::json(200, json::print(body));
  }

  Response list(const Request&) const {
    Array names;
    for (const IndexRow& row : service_.index()) {
      if (names.empty() || *names.back().text() != row.name) names.emplace_back(row.name);
    }
    return http::json(200, json::print(Object{{"models", std::move(names)}}));
  }

  Response ask(const Request& request) const {
    const Address address = address_of(request);
    if (address.verb != "predict" && address.verb != "classify" && address.verb != "regress") {
      return error_body(404, cat("Malformed request: POST ", request.path));
    }
    const size_t first = request.body.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string::npos && request.body[first] == '{';
    if (!is_json && address.verb == "predict" && !address.version.empty() && neighbours_.picture) {
      return neighbours_.picture(request);
    }
    if (first == std::string::npos) {
      return error_body(400, "JSON Parse error: The document is empty.");
    }
    const auto served = find(address);
    if (!served) return refusal(served.error());
    const Result<std::string> answer = address.verb == "predict"
                                           ? predict(**served, request.body)
                                           : ask_examples(**served, request.body, address.verb == "classify");
    if (!answer) return refusal(answer.error());
    return http::json(200, *answer);
  }

 private:
  // Labels belong to versions in TensorFlow Serving's own configuration; here "stable" is the one that
  // answers, and a number stands for itself.
  Result<std::shared_ptr<Served>> find(const Address& address) const {
    std::string_view version = address.version;
    if (!address.label.empty()) {
      const bool number = std::ranges::all_of(address.label, [](char c) { return c >= '0' && c <= '9'; });
      if (!number && address.label != "stable") {
        return fail(ErrorKind::not_found, cat("Unrecognized servable version label: ", address.label));
      }
      if (number) version = address.label;
    }
    auto served = service_.find(address.model, version, inference::Wait::yes);
    if (served || served.error().kind != ErrorKind::not_found) return served;
    return fail(ErrorKind::not_found, cat("Servable not found for request: ", servable(address)));
  }

  static Result<std::string> predict(Served& served, std::string_view body) {
    static thread_local json::Reader reader;
    const Description& model = served.description();
    const Result<Question> question = read_question(reader, body, model);
    if (!question) return forward(question);
    if (!question->signature.empty() && question->signature != "serving_default") {
      return fail(ErrorKind::invalid,
                  cat("Serving signature name: \"", question->signature, "\" not found in signature def"));
    }
    std::vector<tensor::Shape> shapes;
    inference::WaitingCall call;
    if (Status filled = fill_call(*question, model, shapes, call); !filled) return forward(filled);
    if (Status asked = inference::ask(served, call); !asked) return forward(asked);
    return print_answer(call, question->by_rows);
  }

  inference::Service& service_;
  const Neighbours neighbours_;
};

}  // namespace

Array version_status(const std::vector<IndexRow>& rows, std::string_view model, std::string_view version) {
  Array status;
  for (const IndexRow& row : rows) {
    if (row.name != model || row.version.empty() || (!version.empty() && row.version != version)) continue;
    const bool ready = row.state == "READY";
    const std::string_view state = ready                      ? "AVAILABLE"
                                   : row.state == "LOADING"   ? "LOADING"
                                   : row.state == "UNLOADING" ? "UNLOADING"
                                                              : "END";
    status.emplace_back(
        Object{{"version", row.version},
               {"state", state},
               {"status", Object{{"error_code", row.reason.empty() || ready ? "OK" : "UNKNOWN"},
                                 {"error_message", ready ? "" : row.reason}}}});
  }
  return status;
}

void mount_tf_serving(http::Router& router, inference::Service& service, Neighbours neighbours) {
  const bool lists = neighbours.lists_models;
  const auto dialect = std::make_shared<const TfServing>(service, std::move(neighbours));
  using Handle = Response (TfServing::*)(const Request&) const;
  const auto add = [&](std::string_view method, std::string pattern, std::string_view summary,
                       Handle handle) {
    router.add({std::string(method), std::move(pattern), "tf-serving", std::string(summary),
                [dialect, handle](const Request& request) { return ((*dialect).*handle)(request); }});
  };
  for (const std::string which : {"", "/versions/{version}", "/labels/{label}"}) {
    const std::string model = cat("/v1/models/{model}", which);
    add("GET", model, "State of the versions.", &TfServing::status);
    add("GET", cat(model, "/metadata"), "What the model takes and gives.", &TfServing::metadata);
    add("POST", model, "With :predict, :classify or :regress at the end: asks the model.", &TfServing::ask);
  }
  if (lists) add("GET", "/v1/models", "Names of the models.", &TfServing::list);
}

}  // namespace oree::dialects

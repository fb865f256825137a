#include "services/loader/askers.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <random>

#include "base/text.h"
#include "platform/json/value.h"
#include "platform/tensor/typed.h"

namespace oree::loader {

namespace {

using tensor::DType;

constexpr size_t kMaxBytes = size_t{256} << 20;

// Small numbers that no datatype minds.
void fill(std::vector<std::byte>& data, DType dtype, size_t count, std::mt19937_64& dice) {
  if (dtype == DType::text) {
    for (size_t i = 0; i < count; ++i) {
      const char text[] = {1, 0, 0, 0, static_cast<char>('0' + dice() % 10)};
      const auto bytes = std::as_bytes(std::span(text));
      data.insert(data.end(), bytes.begin(), bytes.end());
    }
    return;
  }
  data.resize(count * tensor::facts(dtype).bytes);
  const auto typed = tensor::with_json_type(dtype, [&]<class T>(std::type_identity<T>) {
    for (size_t i = 0; i < count; ++i) {
      T value{};
      if constexpr (std::same_as<T, bool>) {
        value = dice() % 2 == 1;
      } else if constexpr (std::floating_point<T>) {
        value = static_cast<T>(dice() % 1024) / 1024;
      } else {
        value = static_cast<T>(dice() % 100);
      }
      std::memcpy(data.data() + i * sizeof value, &value, sizeof value);
    }
    return true;
  });
  if (!typed) std::ranges::fill(data, std::byte{0});  // FP16, BF16: zeros
}

json::Array shape_json(std::span<const int64_t> shape) {
  return json::Array(shape.begin(), shape.end());
}

Result<json::Value> data_json(const tensor::TensorSpec& spec, const std::vector<std::byte>& data) {
  json::Array values;
  const auto typed = tensor::with_json_type(spec.dtype, [&]<class T>(std::type_identity<T>) {
    for (size_t at = 0; at < data.size(); at += sizeof(T)) {
      T value{};
      std::memcpy(&value, data.data() + at, sizeof value);
      if constexpr (std::floating_point<T>) {
        values.emplace_back(double{value});
      } else {
        values.emplace_back(value);
      }
    }
    return true;
  });
  if (!typed) {
    return fail(ErrorKind::unsupported,
                cat("input '", spec.name, "' is ", tensor::facts(spec.dtype).name, "; ask it in binary"));
  }
  return values;
}

struct Message {
  std::vector<http::Header> headers;
  std::string body;
};

Result<Message> message_of(const Question& question, Form form) {
  json::Array inputs;
  for (size_t i = 0; i < question.inputs.size(); ++i) {
    const tensor::TensorSpec& spec = question.inputs[i];
    json::Object input{
        {"name", spec.name}, {"shape", shape_json(spec.shape)}, {"datatype", tensor::facts(spec.dtype).name}};
    if (form == Form::binary) {
      input.emplace_back("parameters", json::Object{{"binary_data_size", question.data[i].size()}});
    } else {
      Result<json::Value> data = data_json(spec, question.data[i]);
      if (!data) return forward(data);
      input.emplace_back("data", *std::move(data));
    }
    inputs.emplace_back(std::move(input));
  }
  json::Object body{{"inputs", std::move(inputs)}};
  if (form == Form::binary) body.emplace_back("parameters", json::Object{{"binary_data_output", true}});
  Message message{{}, json::print(body)};
  if (form == Form::json) {
    message.headers = {{"Content-Type", "application/json"}};
    return message;
  }
  message.headers = {{"Content-Type", "application/octet-stream"},
                     {"Inference-Header-Content-Length", std::to_string(message.body.size())}};
  for (const auto& data : question.data) {
    message.body.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  return message;
}

class HttpAsker final : public Asker {
 public:
  HttpAsker(http::Url url, std::shared_ptr<const Message> message)
      : url_(std::move(url)), message_(std::move(message)) {
    options_.deadline = milliseconds{60'000};
    options_.max_body_bytes = kMaxBytes;
  }

  Status ask() override {
    const auto answer = client_.call("POST", url_, message_->headers, message_->body, options_);
    if (!answer) return forward(answer);
    if (answer->status == 200) return {};
    return fail(ErrorKind::unavailable, cat("HTTP ", answer->status, ": ", answer->body.substr(0, 200)));
  }

 private:
  http::Client client_;
  const http::Url url_;
  const std::shared_ptr<const Message> message_;
  http::CallOptions options_;
};

class LocalAsker final : public Asker {
 public:
  LocalAsker(const inference::Model& model, std::shared_ptr<const Question> question)
      : model_(model), question_(std::move(question)), outputs_(model.signature().outputs.size()) {
    for (size_t i = 0; i < question_->inputs.size(); ++i) {
      views_.push_back({question_->inputs[i].dtype, question_->inputs[i].shape, question_->data[i]});
    }
  }

  Status ask() override { return model_.run(views_, outputs_); }

 private:
  const inference::Model& model_;
  const std::shared_ptr<const Question> question_;
  std::vector<tensor::TensorView> views_;
  std::vector<inference::Output> outputs_;
};

Result<tensor::TensorSpec> spec_of(const json::Value& input) {
  const json::Value* name = input.find("name");
  const json::Value* datatype = input.find("datatype");
  const json::Value* shape = input.find("shape");
  if (name == nullptr || name->text() == nullptr || datatype == nullptr || datatype->text() == nullptr ||
      shape == nullptr || shape->array() == nullptr) {
    return fail(ErrorKind::corrupt, "its metadata names an input without name, datatype and shape");
  }
  const auto dtype = tensor::parse_dtype(*datatype->text());
  if (!dtype) return fail(ErrorKind::unsupported, cat("datatype ", *datatype->text()));
  tensor::TensorSpec spec{*name->text(), *dtype, {}};
  // Some servers write sizes as text.
  for (const json::Value& dim : *shape->array()) {
    int64_t size = dim.integer().value_or(-1);
    if (const std::string* text = dim.text())
      std::from_chars(text->data(), text->data() + text->size(), size);
    spec.shape.push_back(size);
  }
  return spec;
}

}  // namespace

Result<Question> make_question(std::vector<tensor::TensorSpec> inputs,
                               const std::map<std::string, tensor::Shape>& shapes, uint64_t seed) {
  Question question{std::move(inputs), {}};
  std::mt19937_64 dice(seed);
  for (tensor::TensorSpec& spec : question.inputs) {
    const auto given = shapes.find(spec.name);
    if (given != shapes.end() && !tensor::fits(given->second, spec.shape)) {
      return fail(ErrorKind::invalid,
                  cat("input '", spec.name, "' has shape ", tensor::shape_text(spec.shape), "; ",
                      tensor::shape_text(given->second), " does not fit"));
    }
    if (given != shapes.end()) spec.shape = given->second;
    for (int64_t& dim : spec.shape) dim = dim < 0 ? 1 : dim;
    const auto count = tensor::element_count(spec.shape);
    if (!count) return forward(count);
    if (*count > kMaxBytes / 8) return fail(ErrorKind::invalid, cat("input '", spec.name, "' is too large"));
    fill(question.data.emplace_back(), spec.dtype, *count, dice);
  }
  return question;
}

Result<std::vector<tensor::TensorSpec>> ask_inputs(const std::string& server, const std::string& model) {
  const auto url = http::parse_url(cat(server, "/v2/models/", model));
  if (!url) return forward(url);
  http::Client client;
  const auto answer = client.call("GET", *url, {}, "", {});
  if (!answer) return forward(answer);
  const auto body = json::parse(answer->body);
  if (answer->status != 200) {
    const json::Value* error = body ? body->find("error") : nullptr;
    return fail(
        answer->status == 404 || answer->status == 400 ? ErrorKind::not_found : ErrorKind::unavailable,
        cat(server, ": ", error != nullptr && error->text() ? *error->text() : cat("HTTP ", answer->status)));
  }
  const json::Value* inputs = body ? body->find("inputs") : nullptr;
  if (inputs == nullptr || inputs->array() == nullptr) {
    return fail(ErrorKind::corrupt, cat(server, ": the metadata of '", model, "' names no inputs"));
  }
  std::vector<tensor::TensorSpec> specs;
  for (const json::Value& input : *inputs->array()) {
    auto spec = spec_of(input);
    if (!spec) return forward(spec, server);
    specs.push_back(*std::move(spec));
  }
  return specs;
}

Result<MakeAsker> http_askers(const std::string& server, const std::string& model, const Question& question,
                              Form form) {
  const auto url = http::parse_url(cat(server, "/v2/models/", model, "/infer"));
  if (!url) return forward(url);
  auto message = message_of(question, form);
  if (!message) return forward(message);
  return MakeAsker([url = *url, shared = std::make_shared<const Message>(*std::move(message))] {
    return Result<std::unique_ptr<Asker>>(std::make_unique<HttpAsker>(url, shared));
  });
}

MakeAsker local_askers(const inference::Model& model, const Question& question) {
  return [&model, shared = std::make_shared<const Question>(question)] {
    return Result<std::unique_ptr<Asker>>(std::make_unique<LocalAsker>(model, shared));
  };
}

}  // namespace oree::loader

#include "services/dialects/json_tensors.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

using namespace oree;
using namespace oree::dialects;
using tensor::DType;

namespace {

inference::Description model(std::vector<inference::PortDescription> inputs) {
  return {"m", "1", "fake", 0, std::move(inputs), {}};
}

template <class T>
std::vector<T> values(const Column& column) {
  std::vector<T> out(column.bytes.size() / sizeof(T));
  std::memcpy(out.data(), column.bytes.data(), column.bytes.size());
  return out;
}

Result<Question> read(std::string_view body, const inference::Description& description) {
  json::Reader reader;
  return read_question(reader, body, description);
}

struct Probe final : inference::Call {
  void finished(Status) override {}
};

}  // namespace

TEST_CASE("Rows of the only input need no name") {
  const auto question =
      read(R"({"instances": [[1, 2], [3.5, 4]]})", model({{{"x", DType::f32, {-1, 2}}, false, {}}}));
  REQUIRE(question);
  CHECK(values<float>(question->inputs.at("x")) == std::vector<float>{1, 2, 3.5, 4});
  Probe call;
  std::vector<tensor::Shape> shapes;
  REQUIRE(fill_call(*question, model({{{"x", DType::f32, {-1, 2}}, false, {}}}), shapes, call));
  CHECK(tensor::Shape(call.inputs[0].shape.begin(), call.inputs[0].shape.end()) == tensor::Shape{2, 2});
}

TEST_CASE("Rows may name each input; columns hold whole tensors") {
  const auto two = model({{{"a", DType::i32, {-1, 2}}, false, {}}, {{"b", DType::i64, {-1}}, false, {}}});
  const auto rows = read(R"({"instances": [{"a": [1, 2], "b": 3}, {"b": 4, "a": [5, 6]}]})", two);
  REQUIRE(rows);
  CHECK(values<int32_t>(rows->inputs.at("a")) == std::vector<int32_t>{1, 2, 5, 6});
  CHECK(values<int64_t>(rows->inputs.at("b")) == std::vector<int64_t>{3, 4});
  const auto columns =
      read(R"({"inputs": {"a": [[1, 2], [5, 6]], "b": [3, 4]}, "signature_name": "s"})", two);
  REQUIRE(columns);
  CHECK_FALSE(columns->by_rows);
  CHECK(columns->signature == "s");
  CHECK(columns->inputs.at("a").dims == tensor::Shape{2, 2});
}

TEST_CASE("A model that leaves several dimensions open takes the value's own shape") {
  const auto open = model({{{"x", DType::u8, {-1, -1, -1}}, false, {}}});
  const auto question = read(R"({"instances": [[[1, 2, 3], [4, 5, 6]]]})", open);
  REQUIRE(question);
  CHECK(question->inputs.at("x").dims == tensor::Shape{2, 3});
  CHECK_FALSE(read(R"({"instances": [[[1, 2, 3], [4, 5]]]})", open));
  CHECK_FALSE(read(R"({"instances": [[[1]], [[1, 2]]]})", open));
}

TEST_CASE("Text comes as strings or as b64, named or bare") {
  const auto text = model({{{"t", DType::text, {-1}}, false, {}}});
  const std::string expected("\2\0\0\0hi\1\0\0\0!", 11);
  for (const char* body :
       {R"({"instances": ["hi", "!"]})", R"({"instances": [{"b64": "aGk="}, {"b64": "IQ=="}]})",
        R"({"instances": [{"t": "hi"}, {"t": {"b64": "IQ=="}}]})", R"({"inputs": ["hi", "!"]})"}) {
    const auto question = read(body, text);
    REQUIRE_MESSAGE(question, body);
    const auto bytes = values<char>(question->inputs.at("t"));
    CHECK(std::string(bytes.begin(), bytes.end()) == expected);
  }
}

TEST_CASE("What cannot be asked is refused with a reason") {
  const auto one = model({{{"x", DType::f32, {-1, 2}}, false, {}}});
  const auto refusal = [&](std::string_view body) { return read(body, one).error().what; };
  CHECK(refusal("{}") == "Missing 'inputs' or 'instances' key");
  CHECK(refusal(R"({"instances": []})").find("at least one value") != std::string::npos);
  CHECK(refusal(R"({"instances": [[1, 2, 3]]})").find("do not fit shape [2]") != std::string::npos);
  CHECK(refusal(R"({"instances": [{"z": 1}]})").find("'z' is no input of model 'm'") != std::string::npos);
  CHECK(refusal(R"({"instances": [["a", "b"]]})").find("JSON Parse error") == 0);
  CHECK(refusal(R"({"instances": [[1, 2]], "inputs": [[1, 2]]})").find("both") != std::string::npos);
  CHECK(refusal("[1]").find("JSON Parse error") == 0);
}

TEST_CASE("Answers are rows or columns, bare or named") {
  const std::vector<float> scores{1, 2.5, std::nanf(""), -std::numeric_limits<float>::infinity()};
  const std::vector<int32_t> numbers{7, 8};
  Probe call;
  call.outputs.resize(1);
  call.outputs[0].name = "s";
  call.outputs[0].tensor = {{}, DType::f32, {2, 2}, std::as_bytes(std::span(scores)), nullptr};
  CHECK(*print_answer(call, true) == "{\n    \"predictions\": [[1.0, 2.5], [NaN, -Infinity]\n    ]\n}");
  CHECK(*print_answer(call, false) == "{\n    \"outputs\": [[1.0, 2.5], [NaN, -Infinity]]\n}");
  call.outputs.resize(2);
  call.outputs[1].name = "n";
  call.outputs[1].tensor = {{}, DType::i32, {2}, std::as_bytes(std::span(numbers)), nullptr};
  CHECK(print_answer(call, true)->find("{\"s\": [1.0, 2.5], \"n\": 7}") != std::string::npos);
  call.outputs[1].tensor.shape = {1};
  CHECK_FALSE(print_answer(call, true));
}

#include "platform/onnx/codec.h"

#include <doctest/doctest.h>

#include <cstring>

namespace oree::onnx {
namespace {

template <class T>
Tensor tensor_of(std::string name, DataType type, std::vector<int64_t> dims, std::vector<T> values) {
  std::string raw(values.size() * sizeof(T), '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  return {.name = std::move(name),
          .type = type,
          .dims = std::move(dims),
          .data = SharedBytes::of(std::move(raw))};
}

Type float_type(std::vector<Dim> dims) {
  return {.kind = TypeKind::tensor, .element = DataType::f32, .has_shape = true, .dims = std::move(dims)};
}

Attribute ints(std::string name, std::vector<int64_t> values) {
  Attribute one{.name = std::move(name), .kind = AttributeKind::ints};
  one.ints = std::move(values);
  return one;
}

Model a_model() {
  Model model;
  model.producer = "a test";
  model.opsets = {{"", 21}, {"com.microsoft", 1}};
  model.metadata = {{"colour", "yellow"}};
  model.graph.name = "g";
  model.graph.inputs = {{"x", float_type({{-1, "batch"}, {3, ""}})}};
  model.graph.outputs = {{"y", float_type({{-1, "batch"}, {2, ""}})}};
  model.graph.initializers = {tensor_of<float>("w", DataType::f32, {3, 2}, {1, 2, 3, 4, 5, 6}),
                              tensor_of<uint8_t>("q", DataType::i4, {3}, {0x21, 0x0f})};
  Node node{.name = "n", .op = "MatMul", .inputs = {"x", "w"}, .outputs = {"y"}};
  node.attributes = {ints("axes", {1, -2})};
  Attribute body{.name = "body", .kind = AttributeKind::graph};
  body.graphs.resize(1);
  body.graphs[0].name = "inner";
  node.attributes.push_back(std::move(body));
  model.graph.nodes = {std::move(node)};
  return model;
}

std::string printed(const Model& model) {
  auto bytes = print(model);
  REQUIRE_MESSAGE(bytes.has_value(), (bytes ? "" : bytes.error().what));
  return *bytes;
}

std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

// A length-delimited field, and a varint field, as protobuf writes them.
std::string field(uint32_t number, const std::string& inner) {
  return varint(number << 3 | 2) + varint(inner.size()) + inner;
}
std::string field(uint32_t number, uint64_t value) {
  return varint(number << 3) + varint(value);
}

// A file with one initializer in the fields given.
std::string file_with(const std::string& tensor) {
  return field(1, 8) + field(7, field(5, tensor));
}

TEST_CASE("A model comes back as it was written") {
  const std::string bytes = printed(a_model());
  auto model = parse(as_bytes(bytes));
  REQUIRE(model);
  CHECK(model->producer == "a test");
  CHECK(model->opsets == a_model().opsets);
  CHECK(model->metadata == a_model().metadata);
  REQUIRE(model->graph.nodes.size() == 1);
  const Node& node = model->graph.nodes[0];
  CHECK(node.op == "MatMul");
  CHECK(node.inputs == std::vector<std::string>{"x", "w"});
  CHECK(node.attributes[0].ints == std::vector<int64_t>{1, -2});
  CHECK(node.attributes[1].graphs.at(0).name == "inner");
  CHECK(model->graph.inputs[0].type == a_model().graph.inputs[0].type);
  CHECK(model->graph.initializers[0].as<float>()[5] == 6.0f);
  CHECK(model->graph.initializers[1].type == DataType::i4);
  CHECK(model->graph.initializers[1].data.size() == 2);
  CHECK(printed(*model) == bytes);
}

TEST_CASE("Elements in the typed fields become raw bytes") {
  const auto read = [](const std::string& tensor) {
    auto model = parse(as_bytes(file_with(tensor)));
    REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().what));
    return model->graph.initializers.at(0);
  };
  // dims = 1, data_type = 2, int32_data = 5, int64_data = 7, uint64_data = 11
  CHECK(read(field(1, 2) + field(2, 3) + field(5, varint(5) + varint(static_cast<uint64_t>(-7))))
            .as<int8_t>()[1] == -7);
  CHECK(read(field(1, 1) + field(2, 10) + field(5, varint(0x3c00))).as<uint16_t>()[0] == 0x3c00);
  CHECK(read(field(1, 1) + field(2, 7) + field(7, varint(1'000'000'000'000))).as<int64_t>()[0] ==
        1'000'000'000'000);
  CHECK(read(field(1, 1) + field(2, 12) + field(11, varint(4'000'000'000))).as<uint32_t>()[0] ==
        4'000'000'000);
  CHECK(read(field(1, 3) + field(2, 22) + field(5, varint(0x21) + varint(0x03))).data.size() == 2);
  const Tensor six =
      read(field(1, 4) + field(2, 27) + field(5, varint(1) + varint(2) + varint(3) + varint(63)));
  REQUIRE(six.data.size() == 3);
  CHECK(six.as<uint8_t>()[0] == (1 | (2 & 3) << 6));
  CHECK(six.as<uint8_t>()[1] == (2 >> 2 | (3 & 15) << 4));
  CHECK(six.as<uint8_t>()[2] == (3 >> 4 | 63 << 2));
}

TEST_CASE("Fields that nobody here reads are written back") {
  std::string node = field(4, std::string("Relu")) + field(6, std::string("a word about it")) +
                     field(900, std::string("from a newer schema"));
  const std::string bytes =
      field(1, 10) + field(7, field(1, node)) + field(6, std::string("about the model"));
  auto model = parse(as_bytes(bytes));
  REQUIRE(model);
  const std::string again = printed(*model);
  CHECK(again.find("a word about it") != std::string::npos);
  CHECK(again.find("from a newer schema") != std::string::npos);
  CHECK(again.find("about the model") != std::string::npos);
}

TEST_CASE("Every prefix of a file is refused or is a shorter file, and never more") {
  const std::string bytes = printed(a_model());
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto model = parse(as_bytes(std::string_view(bytes).substr(0, length)));
    if (!model) CHECK(!model.error().what.empty());
  }
}

TEST_CASE("What is no ONNX file is refused with a reason") {
  const auto why = [](const std::string& bytes, const Limits& limits = {}) {
    auto model = parse(as_bytes(bytes), limits);
    REQUIRE(!model);
    return model.error().what;
  };
  CHECK(why("") == "the file is empty");
  CHECK(why("PK\x03\x04 a zip").find("no ONNX file") != std::string::npos);
  CHECK(why(field(1, 8)).find("holds no graph") != std::string::npos);
  CHECK(why(file_with(field(1, 4) + field(2, 1) + field(9, std::string(12, 'x')) +
                      field(8, std::string("w")))) ==
        "tensor 'w' of type FLOAT and shape [4] needs 16 bytes and has 12");
  CHECK(why(file_with(field(1, 1) + field(2, 99))).find("element type 99") != std::string::npos);
  CHECK(why(file_with(field(1, uint64_t{1} << 40) + field(1, uint64_t{1} << 40) + field(2, 1)))
            .find("impossible shape") != std::string::npos);
  CHECK(why(file_with(field(1, uint64_t{1} << 40) + field(2, 1))).find("larger than") != std::string::npos);
  CHECK(why(file_with(field(1, static_cast<uint64_t>(-1)) + field(2, 1))).find("impossible shape") !=
        std::string::npos);
  std::string many;
  for (int i = 0; i < 100; ++i) many += field(1, std::string());
  CHECK(why(field(7, many), {.records = 50}).find("more than 50") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 60; ++i) deep = field(1, field(5, field(6, deep)));
  CHECK(why(field(7, deep)).find("nested") != std::string::npos);
}

}  // namespace
}  // namespace oree::onnx
